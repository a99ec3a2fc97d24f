//! Records of binary formats: the key or name that accompanies them, and the encoding loop.

use std::ops::Range;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Grouping, Medium};
use emulator_domain::record::IndexError;
use emulator_domain::text::ByteWriter;
use emulator_domain::verification::Verdict;
use emulator_domain::{Factory, Record, Timestamp};
use emulator_ports::{Batch, BatchEncoder, Payloads, RecordSpans, RecordVerifier, SchemaIds, Span};

use crate::decoder::{self, Identity};
use crate::message_metadata::{self, MessageMetadata, RecordValues};
use crate::visitors::{One, PlainText};

/// Room for one record of a built-in domain, in bytes, including what is copied past its end.
const RECORD_ROOM: usize = 2048;

/// How a binary format writes a record, and where it puts the id. Created once per run.
pub(crate) trait BinarySerializer: Send + Sync {
    /// Appends the record with its envelope.
    fn record<R: Record>(&self, line: &mut ByteWriter<'_>, at: Timestamp, record: &R);

    /// Identifies the record that the payload belongs to, even if its bytes are damaged.
    fn identify<'p>(&self, payload: &'p [u8]) -> Identity<'p>;
}

/// What is written after a record, as text.
#[derive(Clone, Copy, Debug)]
struct After {
    /// The key of a message.
    key: bool,
    /// The id that names an object.
    id: bool,
}

/// Encodes the records of one factory in one binary format.
pub(crate) struct BinaryEncoder<F, S> {
    factory: F,
    serializer: S,
    id: EmulationId,
    after: After,
    /// Replaces the key after each record.
    metadata: Option<MessageMetadata>,
    room: usize,
}

impl<F: Factory + 'static, S: BinarySerializer> BinaryEncoder<F, S> {
    pub(crate) fn new(
        (id, plan): (EmulationId, &EmulationPlan),
        factory: F,
        serializer: S,
        schemas: SchemaIds,
    ) -> Self {
        let medium = plan.sink().medium();
        let metadata = MessageMetadata::of(id, plan, schemas.key);
        Self {
            factory,
            serializer,
            id,
            after: After {
                key: medium == Medium::Messages && metadata.is_none(),
                id: medium != Medium::Messages && plan.grouping() == Grouping::Single,
            },
            room: RECORD_ROOM + metadata.as_ref().map_or(0, MessageMetadata::room),
            metadata,
        }
    }
}

impl<F: Factory + 'static, S: BinarySerializer> BatchEncoder for BinaryEncoder<F, S> {
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError> {
        let (key, id) = const {
            let schema = <F::Record<'static> as Record>::SCHEMA;
            (
                schema.key().expect("a record kind has a key"),
                schema.id().expect("and an id"),
            )
        };
        batch.restart(range.start);
        let mut headers = Vec::new();
        for (index, (at, record)) in (range.start..).zip(self.factory.records(range)?) {
            let mut line = batch.writer(self.room);
            let mut spans = RecordSpans {
                payload: Span::NONE,
                ..RecordSpans::default()
            };
            let is_tombstone = |metadata: &MessageMetadata| metadata.is_tombstone(index, None);
            if !self.metadata.as_ref().is_some_and(is_tombstone) {
                let start = line.len();
                self.serializer.record(&mut line, at, &record);
                spans.payload = Span::new(start..line.len());
            }
            if self.after.key {
                spans.key = text_of(&mut line, &record, key);
            }
            if self.after.id {
                spans.id = text_of(&mut line, &record, id);
            }
            if let Some(metadata) = &self.metadata {
                let mut values = RecordValues(&record);
                metadata.write(&mut line, index, &mut values, &mut spans, &mut headers);
            }
            let end = line.len();
            message_metadata::push(batch, end, spans, &mut headers);
        }
        Ok(())
    }
}

impl<F: Factory + 'static, S: BinarySerializer> RecordVerifier for BinaryEncoder<F, S> {
    fn inspect(&self, payloads: &Payloads, verdicts: &mut Vec<Verdict>) {
        decoder::inspect(
            self.id,
            self,
            &self.factory,
            |payload| self.serializer.identify(payload),
            payloads,
            verdicts,
        );
    }
}

/// Appends the value of one field as text.
#[inline(always)]
fn text_of<R: Record>(line: &mut ByteWriter<'_>, record: &R, position: usize) -> Span {
    let start = line.len();
    record.visit(&mut One::new(PlainText(line), position));
    Span::new(start..line.len())
}
