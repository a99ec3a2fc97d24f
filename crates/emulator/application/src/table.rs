//! The table that results from a stream of changes, without a destination.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format, PlanErrors, PlanSpec, Sink};
use emulator_domain::record::{Block, Envelope, Field, IndexError, ModelText, Schema, Stream};
use emulator_domain::{Seed, Timeline, Timestamp, Traffic};
use emulator_model::Model;
use emulator_ports::{Batch, SchemaIds};
use uuid::Uuid;

use crate::Emulator;

/// How many entities are encoded together; encoders expect at least this many records per call.
const TOGETHER: u64 = 128;

/// The state of the table: when, and in which run. The same seed, start and rate give the same
/// rows.
#[derive(Clone, Debug)]
pub struct AsOf {
    /// After this many records of the stream.
    pub records: u64,
    /// The seed of the run.
    pub seed: Seed,
    /// The event time of its first record.
    pub start_time: Timestamp,
    /// Records per second of event time.
    pub rate: Traffic,
}

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The stream has neither changes nor entities.
    #[error("there is no table of {0}; expected a stream with 'changes_of', or one with a 'count'")]
    None(String),
    /// The format cannot encode these rows.
    #[error(transparent)]
    Plan(#[from] PlanErrors),
    /// The calendar ends earlier.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The rows cannot be written.
    #[error("the table cannot be written")]
    Write(#[from] io::Error),
}

/// Writes the rows of the table at the given time to `write`, piece by piece, as one object of
/// `format`.
///
/// # Errors
/// See [`TableError`].
pub fn table(
    emulator: &Emulator,
    model: &Model,
    stream: &str,
    at: &AsOf,
    format: Format,
    mut write: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), TableError> {
    let none = || TableError::None(stream.to_owned());
    let entities = model.entities(stream).ok_or_else(none)?;
    let timeline = Timeline::of(at.start_time, &at.rate, at.seed)
        .expect("a shape is no more than the fastest rate");
    let rows_of = |some: Range<u64>| model.table(stream, at.seed, &timeline, at.records, some);
    let (schema, _) = rows_of(0..0).ok_or_else(none)?;
    let rows = Arc::new(Rows {
        text: model.text().clone(),
        schema: schema.clone(),
        block: Mutex::default(),
    });
    let dataset: Arc<dyn Stream> = rows.clone();
    let plan = EmulationPlan::new(PlanSpec {
        seed: at.seed,
        start_time: at.start_time,
        rate: at.rate.clone(),
        ..emulator.spec(dataset, Sink::Null, format)
    })?;
    let (encoders, id) = (&emulator.inner.encoders, EmulationId::new(Uuid::nil()));
    let encoder = encoders.encoder(id, &plan, SchemaIds::default());
    let mut framer = encoders.framing(id, &plan).framer();
    let mut batch = Batch::default();
    let mut is_empty = true;
    for start in (0..entities).step_by(TOGETHER as usize) {
        let some = start..entities.min(start + TOGETHER);
        let columns = rows_of(some).map_or_else(Vec::new, |(_, columns)| columns);
        let count = columns.first().map_or(0, |column| column.len());
        if count == 0 {
            continue;
        }
        rows.set(Block {
            times: vec![at.start_time; count],
            columns,
            ..Block::default()
        });
        encoder.encode(0..count as u64, &mut batch)?;
        for piece in framer.append(&batch, 0..batch.len()) {
            write(piece)?;
        }
        is_empty = false;
    }
    match (is_empty, format) {
        (false, _) => write(framer.finish())?,
        (true, Format::Json) => write(b"[]\n")?,
        // The header alone.
        (true, Format::Csv) => {
            for piece in framer.append(&Batch::default(), 0..0) {
                write(piece)?;
            }
        }
        (true, _) => {}
    }
    Ok(())
}

/// Existing rows, as a stream that can be encoded.
#[derive(Debug)]
struct Rows {
    text: ModelText,
    schema: Schema,
    block: Mutex<Block>,
}

impl Rows {
    fn set(&self, block: Block) {
        // Replaced by a single assignment, so always consistent.
        *self.block.lock().unwrap_or_else(PoisonError::into_inner) = block;
    }
}

impl Stream for Rows {
    fn name(&self) -> &str {
        "table"
    }

    fn model(&self) -> &ModelText {
        &self.text
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn key(&self) -> Option<&Field> {
        None
    }

    fn envelope(&self) -> Envelope {
        Envelope::None
    }

    fn population(&self, _seed: Seed) -> u64 {
        u64::MAX
    }

    /// Copies all rows at once, whatever range is requested.
    fn fill(
        &self,
        _seed: Seed,
        _timeline: &Timeline,
        range: Range<u64>,
        block: &mut Block,
    ) -> Result<(), IndexError> {
        let mut rows = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        let capacity = rows.len() as u64;
        if range != (0..capacity) {
            let index = range.start;
            return Err(IndexError { index, capacity });
        }
        *block = std::mem::take(&mut *rows);
        Ok(())
    }

    fn id_fields(&self) -> &[String] {
        &[]
    }

    fn index_of(&self, _seed: Seed, _id: &[&str]) -> Option<u64> {
        None
    }
}
