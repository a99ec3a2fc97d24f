//! Streams of records that were described at run time: the streams of a model.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::column::Column;
use super::factory::IndexError;
use super::schema::{Field, Schema};
use super::value::Value;
use crate::imperfection::Imperfections;
use crate::{Rate, Seed, Timeline, Timestamp};

/// What stands around each record of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// Nothing: the record alone.
    None,
    /// The emulation's id and the event time, as around the records of the built-in domains.
    Emulation,
}

impl Envelope {
    /// Its fields, where it and the record stand side by side in a table.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::None => &[],
            Self::Emulation => Schema::envelope(),
        }
    }
}

/// The model that a stream belongs to, as a text from which it can be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelText {
    /// The model's name.
    pub name: String,
    /// JSON, in the one way in which the model can be written: equal models have equal texts.
    pub json: Arc<str>,
    /// SHA-256 of that text, in hexadecimal.
    pub digest: String,
}

/// A stream of a checked model. Every record follows from the seed, the timeline and its index.
///
/// Implemented by the crate that reads models; whoever carries a run out needs to know no more.
pub trait Stream: fmt::Debug + Send + Sync {
    /// Its name within the model.
    fn name(&self) -> &str;

    /// The model that describes it.
    fn model(&self) -> &ModelText;

    /// The fields of its records.
    fn schema(&self) -> &Schema;

    /// The field that is the key of messages, if they have one: of the record, or of the row of a
    /// table whose change it is.
    fn key(&self) -> Option<&Field>;

    /// What stands around them.
    fn envelope(&self) -> Envelope;

    /// When its records happen, if they have a time of their own: that of place 0, and places a
    /// second. Otherwise they happen on the timeline of whatever run they are in.
    fn own_time(&self) -> Option<(Timestamp, Rate)> {
        None
    }

    /// What is to be wrong with its records where a run does not say it.
    fn imperfections(&self) -> Option<&Imperfections> {
        None
    }

    /// How many records there are, whatever their times; `u64::MAX` if it has no end.
    fn population(&self, seed: Seed) -> u64;

    /// The place on the run's timeline where record `index` happens: its own index, or that of the
    /// record that it is a child of. It never falls from one index to the next.
    fn position(&self, _seed: Seed, index: u64) -> u64 {
        index
    }

    /// The smallest index whose [`position`](Self::position) is at least `position`, or
    /// `u64::MAX`. A stream with a position of its own has this, too.
    fn first_at(&self, _seed: Seed, position: u64) -> u64 {
        position
    }

    /// Makes the records of `range` and leaves them in `block`, whose former content is lost.
    /// Called on generating threads, any number at once.
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

    /// The paths of the fields (`a`, or `a.b` within a struct) whose values together lead back to
    /// the index; empty if none do.
    fn id_fields(&self) -> &[String];

    /// The index whose record would have these values, as text, for the
    /// [`id_fields`](Self::id_fields). Make the record again and compare.
    fn index_of(&self, seed: Seed, id: &[&str]) -> Option<u64>;
}

/// Equal if they make the same records: streams of one name of models with one text.
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
    /// The key of each message, where it is no field of the record itself.
    pub key: Option<Column>,
    /// Of changes: which of them delete the row of their key.
    pub deletes: Option<Vec<bool>>,
    /// Which records of the timeline they are, where their indices do not say it.
    pub records: Option<Vec<u64>>,
    /// Rows, in their order, of which the value at a path is to be written as one of another type.
    pub mistyped: Vec<(usize, Vec<usize>)>,
    /// How many of the records have the time of a wrong clock, of two deliveries of one the first.
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

    /// Forgets the records, and keeps the memory.
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

    /// The key of the message of the record at `row`; `schema` is that of the stream.
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
