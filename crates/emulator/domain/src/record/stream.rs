//! Streams of records that are described at run time: those of models.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::column::Column;
use super::factory::IndexError;
use super::schema::{Field, Schema};
use super::value::Value;
use crate::imperfection::Imperfections;
use crate::{Rate, Seed, Timeline, Timestamp};

/// The envelope of each record of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// None: the record alone.
    None,
    /// The emulation's id and the event time, as for the built-in domains.
    Emulation,
}

impl Envelope {
    /// The fields of the envelope, for tables that have it beside the record.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::None => &[],
            Self::Emulation => Schema::envelope(),
        }
    }
}

/// The model that a stream belongs to, as a text from which it can be recreated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelText {
    /// The model's name.
    pub name: String,
    /// JSON in canonical form: equal models have equal texts.
    pub json: Arc<str>,
    /// SHA-256 of that text, in hexadecimal.
    pub digest: String,
}

/// A stream of a validated model. Every record follows from the seed, the timeline and its index.
///
/// Implemented by the crate that reads models; the code that carries out runs needs to know nothing
/// else.
pub trait Stream: fmt::Debug + Send + Sync {
    /// Its name within the model.
    fn name(&self) -> &str;

    /// The model that describes it.
    fn model(&self) -> &ModelText;

    /// The fields of its records.
    fn schema(&self) -> &Schema;

    /// The field that is the key of messages, if they have one: a field of the record, or of the
    /// table row that a change is about.
    fn key(&self) -> Option<&Field>;

    /// The envelope of its records.
    fn envelope(&self) -> Envelope;

    /// If its records have times of their own: the time of position 0, and positions per second.
    /// Otherwise they happen on the timeline of the run.
    fn own_time(&self) -> Option<(Timestamp, Rate)> {
        None
    }

    /// The imperfections that apply unless a run specifies its own.
    fn imperfections(&self) -> Option<&Imperfections> {
        None
    }

    /// How many records there are, regardless of their times; `u64::MAX` if there is no limit.
    fn population(&self, seed: Seed) -> u64;

    /// The position of record `index` on the run's timeline: its own index, or that of its parent.
    /// It never decreases from one index to the next.
    fn position(&self, _seed: Seed, index: u64) -> u64 {
        index
    }

    /// The smallest index whose [`position`](Self::position) is at least `position`, or `u64::MAX`.
    /// A stream that overrides `position` must override this too.
    fn first_at(&self, _seed: Seed, position: u64) -> u64 {
        position
    }

    /// Generates the records of `range` into `block`, replacing its content. Called on generating
    /// threads, from any number of them concurrently.
    ///
    /// # Errors
    /// If the range ends beyond [`population`](Self::population) or beyond the calendar.
    fn fill(
        &self,
        seed: Seed,
        timeline: &Timeline,
        range: Range<u64>,
        block: &mut Block,
    ) -> Result<(), IndexError>;

    /// The paths of the fields (`a`, or `a.b` within a struct) whose values together identify the
    /// index; empty if none do.
    fn id_fields(&self) -> &[String];

    /// The index whose record would have these values, as text, for the
    /// [`id_fields`](Self::id_fields). Generate the record again and compare.
    fn index_of(&self, seed: Seed, id: &[&str]) -> Option<u64>;
}

/// Equal if they generate the same records: streams with the same name, of models with the same
/// text.
impl PartialEq for dyn Stream {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.model().json == other.model().json
    }
}

/// Records of a stream, column by column.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The event time of each record.
    pub times: Vec<Timestamp>,
    /// A column for each field of the schema.
    pub columns: Vec<Column>,
    /// The key of each message, if it is no field of the record itself.
    pub key: Option<Column>,
    /// For changes: which of them delete the row of their key.
    pub deletes: Option<Vec<bool>>,
    /// The records of the timeline, if they do not follow from the indices.
    pub records: Option<Vec<u64>>,
    /// Rows, in order, with the path of a value that is to be written with another type.
    pub mistyped: Vec<(usize, Vec<usize>)>,
    /// How many of the records have the time of a skewed clock; of two deliveries, only the first
    /// counts.
    pub skewed: u64,
}

impl Block {
    /// How many records there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Removes the records, and keeps the allocations.
    pub(crate) fn clear(&mut self) {
        self.times.clear();
        (self.columns.iter_mut().chain(&mut self.key)).for_each(Column::clear);
        self.deletes.iter_mut().for_each(Vec::clear);
        self.records.iter_mut().for_each(Vec::clear);
        self.mistyped.clear();
        self.skewed = 0;
    }

    /// The record at `row`.
    pub const fn row(&self, row: usize) -> Row<'_> {
        Row { block: self, row }
    }

    /// The message key of the record at `row`; `schema` is that of the stream.
    pub fn key(&self, schema: &Schema, row: usize) -> Option<Value<'_>> {
        let column = match &self.key {
            Some(own) => own,
            None => self.columns.get(schema.key()?)?,
        };
        Some(column.get(row))
    }
}

/// One record of a block.
#[derive(Clone, Copy, Debug)]
pub struct Row<'b> {
    block: &'b Block,
    row: usize,
}

impl<'b> Row<'b> {
    /// Its event time.
    pub fn time(self) -> Timestamp {
        self.block.times[self.row]
    }

    /// Its values in the order of the schema's fields.
    pub fn values(self) -> impl ExactSizeIterator<Item = Value<'b>> {
        self.block
            .columns
            .iter()
            .map(move |column| column.get(self.row))
    }
}
