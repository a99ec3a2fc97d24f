//! JSON, NDJSON and CSV: from records to bytes.
//!
//! Every record travels in an envelope of the emulation's id, the event time and the record itself.
//! JSON and NDJSON write it as an object, CSV as a line whose first columns are the envelope's.
//!
//! [`Formats`] gives an encoder for any plan, and an record_verifier that reads its records back. Each of the nine pairs of domain and format is
//! compiled on its own, so that nothing is decided per record; see `encoder`.

mod csv;
mod decoder;
mod digits;
mod encoder;
mod json;
mod text_serializer;

use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format};
use emulator_domain::record::device_log::DeviceLogFactory;
use emulator_domain::record::transaction::TransactionFactory;
use emulator_domain::record::user_profile::UserProfileFactory;
use emulator_domain::{Domain, Factory, Record};
use emulator_ports::{BatchEncoder, Encoders, RecordVerifier};

use self::csv::Csv;
use self::encoder::Encoder;
use self::json::Json;

/// All formats.
#[derive(Clone, Copy, Debug, Default)]
pub struct Formats;

impl Encoders for Formats {
    fn encoder(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn BatchEncoder> {
        made(id, plan)
    }

    fn record_verifier(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn RecordVerifier> {
        made(id, plan)
    }
}

/// Both sides of a format.
trait Codec: BatchEncoder + RecordVerifier {}

impl<T: BatchEncoder + RecordVerifier> Codec for T {}

fn made(id: EmulationId, plan: &EmulationPlan) -> Arc<dyn Codec> {
    let (seed, users, timeline) = (plan.seed(), plan.users(), plan.timeline());
    let format = plan.format();
    match plan.domain() {
        Domain::Transaction => {
            let factory = TransactionFactory::new(seed, users, timeline, plan.labels());
            with_format(id, factory, format)
        }
        Domain::UserProfile => {
            with_format(id, UserProfileFactory::new(seed, users, timeline), format)
        }
        Domain::DeviceLog => with_format(id, DeviceLogFactory::new(seed, users, timeline), format),
    }
}

fn with_format<F: Factory + 'static>(
    id: EmulationId,
    factory: F,
    format: Format,
) -> Arc<dyn Codec> {
    let schema = <F::Record<'static> as Record>::SCHEMA;
    match format {
        Format::Json => Arc::new(Encoder::new(factory, Json::array(id, schema))),
        Format::Ndjson => Arc::new(Encoder::new(factory, Json::lines(id, schema))),
        Format::Csv => Arc::new(Encoder::new(factory, Csv::new(id, schema))),
    }
}
