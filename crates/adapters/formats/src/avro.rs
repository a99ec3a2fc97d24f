//! Apache Avro: envelope and record as one flat record whose fields are the columns of a table.
//!
//! A message is a single datum. Before it stands the id of its schema in the registry or, without a
//! registry, the single-object marker (`C3 01` and the schema's fingerprint). An object is a
//! container file; it is split by the record counts and byte lengths of its blocks.

mod container;
pub(crate) mod fields;
mod framing;
pub(crate) mod schema;
mod splitter;

use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{Compression, EmulationPlan, Medium};
use emulator_domain::record::LogicalType;
use emulator_domain::text::ByteWriter;
use emulator_domain::{Factory, Record, Timestamp};
use emulator_ports::{ObjectFraming, SchemaId, SchemaIds};
use platform_avro::Codec;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use self::container::Container;
use self::fields::{AvroFields, UUID_LENGTH};
use self::framing::ContainerFraming;
use self::schema::AvroSchema;
use crate::binary::{BinaryEncoder, BinarySerializer};
use crate::decoder::{Identity, belongs_to_another};
use crate::text_serializer::Piece;
use crate::varint::{self, zigzag};

pub(crate) use self::splitter::skip_value;

/// The prefix of every message of a run: the id of its schema, or the single-object marker.
pub(crate) fn mark(plan: &EmulationPlan, registered: Option<SchemaId>) -> Vec<u8> {
    match (plan.sink().medium(), registered) {
        (Medium::Messages, Some(id)) => id.frame().to_vec(),
        (Medium::Messages, None) => AvroSchema::of(plan.dataset()).single_object(),
        (Medium::Objects | Medium::Stream | Medium::Nothing, _) => Vec::new(),
    }
}

/// Writes records and finds their ids again.
pub(crate) struct Avro {
    own: Uuid,
    /// The prefix of a message, and the emulation's id.
    head: Piece<80>,
    head_len: usize,
    is_uuid: bool,
}

impl Avro {
    pub(crate) fn encoder<F: Factory + 'static>(
        id: EmulationId,
        plan: &EmulationPlan,
        factory: F,
        schemas: SchemaIds,
    ) -> BinaryEncoder<F, Self> {
        const {
            let id = <F::Record<'static> as Record>::SCHEMA.id();
            assert!(matches!(id, Some(0)), "the id comes first");
        }
        let schema = <F::Record<'static> as Record>::SCHEMA;
        let mut head = mark(plan, schemas.value);
        head.push(UUID_LENGTH);
        head.extend(id.to_string().bytes());
        let serializer = Self {
            own: id.get(),
            head: Piece::new(&head),
            head_len: head.len(),
            is_uuid: schema.fields()[0].logical_type == LogicalType::Uuid,
        };
        BinaryEncoder::new((id, plan), factory, serializer, schemas)
    }

    pub(crate) fn framing(id: EmulationId, plan: &EmulationPlan) -> Arc<dyn ObjectFraming> {
        let codec = match plan.compression() {
            Compression::None => Codec::Null,
            Compression::Deflate => Codec::Deflate,
            Compression::Snappy => Codec::Snappy,
            Compression::Zstandard => Codec::Zstandard,
        };
        let container = Container::new(id, codec, AvroSchema::of(plan.dataset()));
        Arc::new(ContainerFraming(Arc::new(container)))
    }
}

impl BinarySerializer for Avro {
    #[inline(always)]
    fn record<R: Record>(&self, line: &mut ByteWriter<'_>, at: Timestamp, record: &R) {
        self.head.write(line);
        varint::write(line, zigzag(at.micros()));
        record.visit(&mut AvroFields(line));
    }

    fn identify<'p>(&self, payload: &'p [u8]) -> Identity<'p> {
        if belongs_to_another(payload, Some(self.own)) {
            return Identity::OtherEmulation;
        }
        self.id(payload).unwrap_or(Identity::Unknown)
    }
}

impl Avro {
    /// The id is the first field: the bytes before it may be damaged.
    fn id<'p>(&self, payload: &'p [u8]) -> Option<Identity<'p>> {
        let mut rest = payload.get(self.head_len..)?;
        platform_avro::varint::read(&mut rest)?;
        Some(Identity::Id(if self.is_uuid {
            rest.get(1..=Hyphenated::LENGTH)?.into()
        } else {
            let number = platform_avro::varint::read(&mut rest)?;
            number.to_string().into_bytes().into()
        }))
    }
}
