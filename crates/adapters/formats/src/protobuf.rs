//! Protocol Buffers: envelope and record as one message, whose fields are the columns of a table.
//!
//! A Kafka message is one Protobuf message, prefixed with the id of its schema if a registry has
//! it. An object is a sequence of length-delimited messages; its `.proto` file is stored beside it.

mod delimited;
mod fields;
pub(crate) mod schema;

use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Medium};
use emulator_domain::record::LogicalType;
use emulator_domain::text::ByteWriter;
use emulator_domain::{Factory, Record, Timestamp};
use emulator_ports::{ObjectFraming, SchemaId, SchemaIds};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use self::delimited::Delimited;
use self::fields::ProtoFields;
use crate::binary::{BinaryEncoder, BinarySerializer};
use crate::decoder::{Identity, belongs_to_another};
use crate::text_serializer::Piece;

pub(crate) use self::delimited::varint;
pub(crate) use self::fields::timestamp;

/// The prefix of the emulation's id: field 1, a string of 36 bytes.
const ID_HEAD: [u8; 2] = [0x0a, Hyphenated::LENGTH as u8];

/// Follows the schema id in a registry's messages: the index of the file's first message type.
const FIRST_MESSAGE: u8 = 0;

/// The prefix of every message of a run: the id of its schema, if a registry has it.
pub(crate) fn mark(plan: &EmulationPlan, registered: Option<SchemaId>) -> Vec<u8> {
    match (plan.sink().medium(), registered) {
        (Medium::Messages, Some(id)) => [&id.frame()[..], &[FIRST_MESSAGE]].concat(),
        _ => Vec::new(),
    }
}

/// Writes records and finds their ids again.
pub(crate) struct Protobuf {
    own: Uuid,
    /// Everything up to and including the emulation's id.
    head: Piece<80>,
    head_len: usize,
    is_uuid: bool,
}

impl Protobuf {
    pub(crate) fn encoder<F: Factory + 'static>(
        id: EmulationId,
        plan: &EmulationPlan,
        factory: F,
        schemas: SchemaIds,
    ) -> BinaryEncoder<F, Self> {
        let schema = <F::Record<'static> as Record>::SCHEMA;
        let mut head = mark(plan, schemas.value);
        head.extend(ID_HEAD);
        head.extend(id.to_string().bytes());
        let serializer = Self {
            own: id.get(),
            head: Piece::new(&head),
            head_len: head.len(),
            is_uuid: schema.fields()[0].logical_type == LogicalType::Uuid,
        };
        BinaryEncoder::new((id, plan), factory, serializer, schemas)
    }

    /// Framing for messages shorter than `longest` bytes.
    pub(crate) fn framing(longest: u64) -> Arc<dyn ObjectFraming> {
        Arc::new(Delimited { longest })
    }

    /// The id is the first field: the bytes before it may be damaged.
    fn id<'p>(&self, payload: &'p [u8]) -> Option<Identity<'p>> {
        let event_time = payload.get(self.head_len..)?;
        let len = usize::from(*event_time.get(1)?);
        let id = event_time.get(2 + len..)?;
        Some(Identity::Id(if self.is_uuid {
            id.get(2..2 + Hyphenated::LENGTH)?.into()
        } else {
            let (number, _) = delimited::varint(id.get(1..)?)?;
            number.to_string().into_bytes().into()
        }))
    }
}

impl BinarySerializer for Protobuf {
    #[inline(always)]
    fn record<R: Record>(&self, line: &mut ByteWriter<'_>, at: Timestamp, record: &R) {
        self.head.write(line);
        let mut fields = ProtoFields::after_id(line);
        fields.event_time(at);
        record.visit(&mut fields);
    }

    fn identify<'p>(&self, payload: &'p [u8]) -> Identity<'p> {
        if belongs_to_another(payload, Some(self.own)) {
            return Identity::OtherEmulation;
        }
        self.id(payload).unwrap_or(Identity::Unknown)
    }
}
