//! JSON, NDJSON and CSV: from records to bytes.
//!
//! Every record travels in an envelope of the emulation's id, the event time and the record itself.
//! JSON and NDJSON write it as an object, CSV as a line whose first columns are the envelope's.
//!
//! [`Formats`] gives an encoder for any plan, the framing that makes objects of its records, and a
//! verifier that reads its records back. Each of the nine pairs of domain and format is compiled on
//! its own, so that nothing is decided per record; see `encoder`.

mod csv;
mod decoder;
mod digits;
mod encoder;
mod json;
mod text_framing;
mod text_objects;
mod text_serializer;
mod text_splitter;

use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format};
use emulator_domain::record::device_log::DeviceLogFactory;
use emulator_domain::record::transaction::TransactionFactory;
use emulator_domain::record::user_profile::UserProfileFactory;
use emulator_domain::{Domain, Factory, Record};
use emulator_ports::{BatchEncoder, Encoders, ObjectFraming, RecordVerifier};

use self::csv::Csv;
use self::encoder::Encoder;
use self::json::Json;
use self::text_objects::TextObjects;
use self::text_serializer::TextSerializer;

/// All formats.
#[derive(Clone, Copy, Debug, Default)]
pub struct Formats;

impl Encoders for Formats {
    fn encoder(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn BatchEncoder> {
        codec(id, plan).encoder
    }

    fn framing(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn ObjectFraming> {
        codec(id, plan).framing
    }

    fn record_verifier(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn RecordVerifier> {
        codec(id, plan).verifier
    }
}

/// All sides of a format.
struct Codec {
    encoder: Arc<dyn BatchEncoder>,
    framing: Arc<dyn ObjectFraming>,
    verifier: Arc<dyn RecordVerifier>,
}

impl Codec {
    fn text<F: Factory + 'static>(factory: F, serializer: impl TextSerializer + 'static) -> Self {
        let framing = Arc::new(serializer.framing());
        let encoder = Arc::new(Encoder::new(factory, serializer));
        Self {
            verifier: encoder.clone(),
            encoder,
            framing: Arc::new(TextObjects(framing)),
        }
    }
}

/// The table of domains.
fn codec(id: EmulationId, plan: &EmulationPlan) -> Codec {
    let (seed, users, timeline) = (plan.seed(), plan.users(), plan.timeline());
    let format = plan.format();
    match plan.domain() {
        Domain::Transaction => {
            let factory = TransactionFactory::new(seed, users, timeline, plan.labels());
            in_format(id, factory, format)
        }
        Domain::UserProfile => {
            in_format(id, UserProfileFactory::new(seed, users, timeline), format)
        }
        Domain::DeviceLog => in_format(id, DeviceLogFactory::new(seed, users, timeline), format),
    }
}

/// The table of formats.
fn in_format<F: Factory + 'static>(id: EmulationId, factory: F, format: Format) -> Codec {
    let schema = <F::Record<'static> as Record>::SCHEMA;
    match format {
        Format::Json => Codec::text(factory, Json::array(id, schema)),
        Format::Ndjson => Codec::text(factory, Json::lines(id, schema)),
        Format::Csv => Codec::text(factory, Csv::new(id, schema)),
    }
}
