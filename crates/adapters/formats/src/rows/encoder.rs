//! Blocks of a stream into batches of rows.

use std::ops::Range;
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Grouping, Medium};
use emulator_domain::record::{Block, IndexError, Stream, Value};
use emulator_domain::text::ByteWriter;
use emulator_domain::{Seed, Timeline};
use emulator_ports::{Batch, BatchEncoder, RecordSpans, Span};

use super::measure::Words;
use super::{RowSerializer, value};
use crate::digits::Times;

/// Records that are made at once: their columns stay in a core's own cache.
pub(super) const BLOCK: u64 = 256;

/// What stands before each row: keys of messages and ids of objects are no part of an object, which
/// is made of the bytes from the first row of a batch on.
#[derive(Clone, Copy, Debug)]
struct Beside {
    /// The key of a message.
    key: bool,
    /// The id that names an object of one record, which is alone in its batch.
    id: bool,
}

/// Encodes the records of one stream in one format.
pub(crate) struct RowEncoder<S> {
    pub(super) id: EmulationId,
    pub(super) stream: Arc<dyn Stream>,
    pub(super) seed: Seed,
    pub(super) timeline: Timeline,
    pub(super) serializer: S,
    separator_len: usize,
    beside: Beside,
    /// How many records there are: the stream's end, or that of the calendar.
    pub(super) capacity: u64,
    /// Where the id fields are: positions of columns, from the outermost.
    id_paths: Vec<Vec<usize>>,
    /// What encoding has in its hands; as many as ever encoded at once.
    spare: Mutex<Vec<Scratch>>,
}

struct Scratch {
    block: Block,
    words: Words,
    times: Times,
}

impl<S: RowSerializer> RowEncoder<S> {
    pub(crate) fn new(
        id: EmulationId,
        plan: &EmulationPlan,
        stream: Arc<dyn Stream>,
        serializer: S,
    ) -> Self {
        let medium = plan.sink().medium();
        let id_paths = stream.id_fields().iter();
        let id_paths = id_paths.map(|path| value::positions(stream.schema().fields(), path));
        let (seed, timeline) = (plan.seed(), plan.timeline().clone());
        let dataset = plan.dataset();
        Self {
            id,
            id_paths: id_paths.collect(),
            capacity: dataset
                .first_at(seed, timeline.capacity())
                .min(stream.population(seed)),
            stream,
            seed,
            timeline,
            separator_len: serializer.separator_len(),
            serializer,
            beside: Beside {
                key: medium == Medium::Messages,
                id: medium != Medium::Messages && plan.grouping() == Grouping::Single,
            },
            spare: Mutex::default(),
        }
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Scratch>> {
        // The list is whole after every statement that changes it.
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows(&self, first: u64, scratch: &mut Scratch, batch: &mut Batch) {
        let Scratch {
            block,
            words,
            times,
        } = scratch;
        let measure = self.serializer.measure(block, words);
        // A key or an id is made of the values of the row, or of its index.
        let beside = usize::from(self.beside.key || self.beside.id);
        let room = (1 + beside) * measure.room + beside * value::LONGEST_PLAIN * block.len();
        batch.reserve(room + ByteWriter::SLACK);
        for row in 0..block.len() {
            let mut line = batch.writer(0);
            let mut spans = RecordSpans::default();
            if self.beside.key {
                let start = line.len();
                if let Some(key) = block.key(self.stream.schema(), row) {
                    value::plain(&mut line, key, times);
                }
                spans.key = Span::new(start..line.len());
            }
            if self.beside.id {
                let start = line.len();
                self.write_id(&mut line, block, row, first + row as u64, times);
                spans.id = Span::new(start..line.len());
            }
            let start = line.len();
            self.serializer
                .row(&mut line, block, row, measure.is_plain, times);
            let end = line.len();
            spans.payload = Span::new(start..end - self.separator_len);
            batch.push(end, spans);
        }
    }

    /// The values of the id fields with points between, as every store of objects takes them; the
    /// index, if there are none.
    fn write_id(
        &self,
        line: &mut ByteWriter<'_>,
        block: &Block,
        row: usize,
        index: u64,
        times: &mut Times,
    ) {
        if self.id_paths.is_empty() {
            value::unsigned(line, index);
        }
        for (number, path) in self.id_paths.iter().enumerate() {
            if number > 0 {
                line.byte(b'.');
            }
            match value::at(&block.columns, path, row) {
                Value::Text(text) => value::percent_encoded(line, text),
                other => value::plain(line, other, times),
            }
        }
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
            self.stream
                .fill(self.seed, &self.timeline, first..end, block)?;
            self.rows(first, &mut scratch, batch);
            first = end;
        }
        self.spare().push(scratch);
        Ok(())
    }
}
