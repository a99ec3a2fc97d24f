//! Encodes blocks of a stream as batches of rows.

use std::ops::Range;
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Grouping, Medium};
use emulator_domain::record::{Block, Blocks, IndexError};
use emulator_domain::text::ByteWriter;
use emulator_ports::{Batch, BatchEncoder, RecordSpans, SchemaIds, Span};

use super::measure::Words;
use super::message_metadata::{KeyRows, RowValues};
use super::{RowSerializer, value};
use crate::digits::Times;
use crate::message_metadata::{self, MessageMetadata, Values};

/// Records generated at once: their columns fit a core's private cache.
pub(super) const BLOCK: u64 = 256;

/// What is written before each row by default. Message keys and object ids are not part of an
/// object, which is made of the bytes from the first row of a batch on.
#[derive(Clone, Copy, Debug)]
struct Before {
    /// The key of a message.
    key: bool,
    /// The name of an object with one record, which is alone in its batch.
    id: bool,
}

/// Encodes records in one format.
pub(crate) struct RowEncoder<S> {
    pub(super) id: EmulationId,
    pub(super) blocks: Arc<dyn Blocks>,
    pub(super) serializer: S,
    separator_len: usize,
    before: Before,
    /// Replaces the key before each row.
    metadata: Option<MessageMetadata>,
    key: Option<KeyRows>,
    /// Paths to the id fields, as column positions from the outermost inwards.
    id_paths: Vec<Vec<usize>>,
    /// Scratch space for reuse, one for each concurrent call so far.
    spare: Mutex<Vec<Scratch>>,
}

struct Scratch {
    block: Block,
    words: Words,
    times: Times,
}

impl<S: RowSerializer> RowEncoder<S> {
    pub(crate) fn new(
        (id, plan, schemas): (EmulationId, &EmulationPlan, SchemaIds),
        blocks: Arc<dyn Blocks>,
        serializer: S,
    ) -> Self {
        let medium = plan.sink().medium();
        let metadata = MessageMetadata::of(id, plan, schemas.key);
        let id_paths = value::id_paths(&*blocks).into_iter();
        Self {
            id,
            id_paths: id_paths.map(|(path, _)| path).collect(),
            blocks,
            separator_len: serializer.separator_len(),
            serializer,
            before: Before {
                key: medium == Medium::Messages && metadata.is_none(),
                id: medium != Medium::Messages && plan.grouping() == Grouping::Single,
            },
            metadata,
            key: KeyRows::new(plan),
            spare: Mutex::default(),
        }
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Scratch>> {
        // Every statement leaves the list consistent, so a poisoned lock is harmless.
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows(&self, first: u64, scratch: &mut Scratch, batch: &mut Batch) {
        let Scratch {
            block,
            words,
            times,
        } = scratch;
        let measure = self.serializer.measure(block, words);
        // Keys, ids and headers are built from the row's values or its index.
        let before = usize::from(self.before.key || self.before.id);
        let values = before + self.metadata.as_ref().map_or(0, MessageMetadata::values);
        let more =
            values * value::LONGEST_PLAIN + self.metadata.as_ref().map_or(0, MessageMetadata::room);
        let room = (1 + values) * measure.room + more * block.len();
        batch.reserve(room + ByteWriter::SLACK);
        let mut headers = Vec::new();
        for row in 0..block.len() {
            let mut line = batch.writer(0);
            let mut spans = RecordSpans::default();
            if self.before.key {
                let mut values = self.values(block, row, times);
                spans.key = span(&mut line, |line| values.key_text(line));
            }
            if self.before.id {
                let start = line.len();
                line.apart(|line| self.write_id(line, block, row, first + row as u64, times));
                spans.id = Span::new(start..line.len());
            }
            let index = first + row as u64;
            let is_tombstone = self.metadata.as_ref().is_some_and(|metadata| {
                let deletes = block.deletes.as_ref().map(|deletes| deletes[row]);
                let record = block.records.as_ref().map_or(index, |records| records[row]);
                metadata.is_tombstone(record, deletes)
            });
            spans.payload = Span::NONE;
            if !is_tombstone {
                let start = line.len();
                self.serializer
                    .row(&mut line, block, row, measure.is_plain, times);
                spans.payload = Span::new(start..line.len() - self.separator_len);
            }
            if let Some(metadata) = &self.metadata {
                let mut values = self.values(block, row, times);
                line.apart(|line| {
                    metadata.write(line, index, &mut values, &mut spans, &mut headers);
                });
            }
            let end = line.len();
            message_metadata::push(batch, end, spans, &mut headers);
        }
    }

    fn values<'a>(&'a self, block: &'a Block, row: usize, times: &'a mut Times) -> RowValues<'a> {
        RowValues {
            block,
            row,
            schema: self.blocks.schema(),
            key: self.key.as_ref(),
            times,
        }
    }

    fn write_id(
        &self,
        line: &mut ByteWriter<'_>,
        block: &Block,
        row: usize,
        index: u64,
        times: &mut Times,
    ) {
        value::id(line, &self.id_paths, &block.columns, row, index, times);
    }
}

/// Runs `write`; returns the span of what it wrote, empty if it returns false.
fn span(line: &mut ByteWriter<'_>, write: impl FnOnce(&mut ByteWriter<'_>) -> bool) -> Span {
    let start = line.len();
    match line.apart(write) {
        true => Span::new(start..line.len()),
        false => Span::NONE,
    }
}

impl<S: RowSerializer> BatchEncoder for RowEncoder<S> {
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError> {
        batch.restart(range.start);
        let spare = self.spare().pop();
        let mut scratch = spare.unwrap_or_else(|| Scratch {
            block: Block::default(),
            words: Words::default(),
            times: Times::new(),
        });
        let mut first = range.start;
        while first < range.end {
            let end = range.end.min(first + BLOCK);
            let block = &mut scratch.block;
            self.blocks.fill(first..end, block)?;
            batch.count_skewed(block.skewed);
            self.rows(first, &mut scratch, batch);
            first = end;
        }
        self.spare().push(scratch);
        Ok(())
    }
}
