//! JSON, NDJSON, CSV, Avro, Protobuf and Parquet: from records to bytes.
//!
//! Every record travels in an envelope of emulation id, event time and the record itself. JSON and
//! NDJSON write it as an object, the others as a line or a record whose first columns are those of
//! the envelope.
//!
//! [`Formats`] provides an encoder for any plan, the framing that assembles objects from its
//! records, and a verifier that reads its records back. Each pair of domain and format is compiled
//! separately (monomorphised), so that no decision is made per record; see `encoder`.

mod avro;
mod binary;
mod compare;
mod csv;
mod decoder;
mod digits;
mod encoder;
mod json;
mod message_metadata;
mod names;
mod parquet;
mod protobuf;
mod rows;
mod schemas;
mod text_framing;
mod text_objects;
mod text_serializer;
mod text_splitter;
mod varint;
mod visitors;
mod window;

use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format, Medium};
use emulator_domain::record::device_log::DeviceLogFactory;
use emulator_domain::record::transaction::TransactionFactory;
use emulator_domain::record::user_profile::UserProfileFactory;
use emulator_domain::record::{Envelope, Schema, blocks, blocks_of_timeline};
use emulator_domain::{Dataset, Domain, Factory, Record};
use emulator_ports::{
    BatchEncoder, Encoders, MessagePart, MessageSchema, ObjectFraming, RecordVerifier, SchemaIds,
    SchemaLanguage, TableFormat,
};

use self::avro::Avro;
use self::csv::Csv;
use self::encoder::Encoder;
use self::json::Json;
use self::message_metadata::MessageMetadata;
use self::parquet::ParquetTables;
use self::protobuf::Protobuf;
use self::text_objects::TextObjects;
use self::text_serializer::TextSerializer;

/// Upper bound of a record of a built-in domain, in bytes.
const LONGEST: u64 = 64 * 1024;

/// All formats.
#[derive(Clone, Copy, Debug, Default)]
pub struct Formats;

impl Encoders for Formats {
    fn encoder(
        &self,
        id: EmulationId,
        plan: &EmulationPlan,
        schemas: SchemaIds,
    ) -> Arc<dyn BatchEncoder> {
        codec(id, plan, schemas).encoder
    }

    fn framing(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn ObjectFraming> {
        codec(id, plan, SchemaIds::default()).framing
    }

    fn record_verifier(
        &self,
        id: EmulationId,
        plan: &EmulationPlan,
        schemas: SchemaIds,
    ) -> Arc<dyn RecordVerifier> {
        let verifier = codec(id, plan, schemas).verifier;
        verifier.expect("tables are verified row by row, see table_format")
    }

    fn table_format(&self, format: Format) -> Option<Arc<dyn TableFormat>> {
        (format == Format::Parquet).then(|| Arc::new(ParquetTables) as Arc<dyn TableFormat>)
    }

    fn message_schema(&self, plan: &EmulationPlan, part: MessagePart) -> Option<MessageSchema> {
        if plan.sink().medium() != Medium::Messages {
            return None;
        }
        let language = match (part, plan.format()) {
            (MessagePart::Key, _) => return message_metadata::key_schema(plan),
            (MessagePart::Value, Format::Avro) => SchemaLanguage::Avro,
            (MessagePart::Value, Format::Protobuf) => SchemaLanguage::Proto,
            (MessagePart::Value, Format::Json) => SchemaLanguage::JsonSchema,
            (MessagePart::Value, Format::Ndjson | Format::Csv | Format::Parquet) => {
                return None;
            }
        };
        let dataset = plan.dataset();
        let (name, envelope) = (dataset.name(), dataset.envelope());
        let schema = schemas::of_messages(&name, envelope, dataset.schema(), language);
        Some(schema)
    }

    fn schema(
        &self,
        name: &str,
        envelope: Envelope,
        schema: &Schema,
        language: SchemaLanguage,
    ) -> String {
        schemas::write(name, envelope, schema, language)
    }
}

/// Encoder, verifier and framing of a format.
struct Codec {
    encoder: Arc<dyn BatchEncoder>,
    framing: Arc<dyn ObjectFraming>,
    /// `None` for tabular formats.
    verifier: Option<Arc<dyn RecordVerifier>>,
}

impl Codec {
    fn text<F: Factory + 'static>(
        (id, plan, schemas): (EmulationId, &EmulationPlan, SchemaIds),
        factory: F,
        serializer: impl TextSerializer + 'static,
    ) -> Self {
        let framing = Arc::new(TextObjects(Arc::new(serializer.framing())));
        let metadata = MessageMetadata::of(id, plan, schemas.key);
        Self::from((
            Encoder::new(id, factory, serializer, metadata),
            framing as Arc<dyn ObjectFraming>,
        ))
    }
}

impl<E: BatchEncoder + RecordVerifier + 'static> From<(E, Arc<dyn ObjectFraming>)> for Codec {
    fn from((encoder, framing): (E, Arc<dyn ObjectFraming>)) -> Self {
        let encoder = Arc::new(encoder);
        Self {
            verifier: Some(encoder.clone()),
            encoder,
            framing,
        }
    }
}

/// Encoder, verifier and framing of a run's format.
fn codec(id: EmulationId, plan: &EmulationPlan, schemas: SchemaIds) -> Codec {
    if plan.format() == Format::Parquet {
        return parquet::codec(id, plan);
    }
    if plan.deliveries().is_some() {
        return rows::codec((id, plan, schemas), &blocks(plan));
    }
    window::of(codec_of_timeline(id, plan, schemas), plan)
}

/// Dispatch on the domain; indices count from the start of the timeline.
fn codec_of_timeline(id: EmulationId, plan: &EmulationPlan, schemas: SchemaIds) -> Codec {
    let (seed, users, timeline) = (plan.seed(), plan.users(), plan.timeline().clone());
    let domain = match plan.dataset() {
        Dataset::Builtin(domain) => *domain,
        Dataset::Stream(_) => {
            return rows::codec((id, plan, schemas), &blocks_of_timeline(plan));
        }
    };
    match domain {
        Domain::Transaction => {
            let factory = TransactionFactory::new(seed, users, timeline, plan.labels());
            in_format((id, plan, schemas), factory.among(plan.population()))
        }
        Domain::UserProfile => in_format(
            (id, plan, schemas),
            UserProfileFactory::new(plan.population(), users, timeline),
        ),
        Domain::DeviceLog => in_format(
            (id, plan, schemas),
            DeviceLogFactory::new(seed, users, timeline).among(plan.population()),
        ),
    }
}

/// Dispatch on the format.
fn in_format<F: Factory + 'static>(
    run @ (id, plan, schemas): (EmulationId, &EmulationPlan, SchemaIds),
    factory: F,
) -> Codec {
    let schema = <F::Record<'static> as Record>::SCHEMA;
    match plan.format() {
        Format::Json => {
            let mark = schemas.value.map_or(Vec::new(), |id| id.frame().to_vec());
            Codec::text(run, factory, Json::array(id, schema, &mark))
        }
        Format::Ndjson => Codec::text(run, factory, Json::lines(id, schema)),
        Format::Csv => Codec::text(run, factory, Csv::new(id, schema)),
        Format::Avro => {
            let framing = Avro::framing(id, plan);
            Codec::from((Avro::encoder(id, plan, factory, schemas), framing))
        }
        Format::Protobuf => {
            let encoder = Protobuf::encoder(id, plan, factory, schemas);
            Codec::from((encoder, Protobuf::framing(LONGEST)))
        }
        Format::Parquet => unreachable!("columns are written without a serializer of records"),
    }
}
