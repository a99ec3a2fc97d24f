//! A validated model, ready to generate records.

mod pick;
mod records;

use std::fmt;

use emulator_domain::record::{Column, Field, Presence};
use emulator_domain::{Seed, Timeline};

use crate::changes::Changes;
use crate::quotas::{QuotaReader, Quotas};
use crate::random::{Key, Name};

pub(crate) use self::pick::{Pick, PickKind};
pub(crate) use self::records::Records;

/// The streams of a model, each after those that it refers to.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) streams: Vec<StreamProgram>,
}

/// The program of a stream.
#[derive(Debug)]
pub(crate) struct StreamProgram {
    pub(crate) name: String,
    pub(crate) kind: StreamKind,
    /// Each field after those that it reads.
    pub(crate) fields: Vec<FieldProgram>,
}

/// What determines how many records a stream has and when they happen.
#[derive(Debug)]
pub(crate) enum StreamKind {
    /// This many, one after the other on the timeline.
    Entities { count: u64 },
    /// One after the other, without end.
    Events,
    /// Children of the records of another stream, at the time of the parent.
    Children {
        parent: usize,
        quotas: Quotas,
        name: Name,
    },
    /// The history of a stream of entities.
    Changes(Changes),
}

/// The program of a field.
#[derive(Debug)]
pub(crate) struct FieldProgram {
    /// Its description in the schema.
    pub(crate) field: Field,
    /// The name that keys its random words.
    pub(crate) name: Name,
    pub(crate) generator: Box<dyn Generator>,
    /// The share of records without a value.
    pub(crate) null: f64,
    /// The share of records without the field.
    pub(crate) missing: f64,
    /// Positions of the earlier fields that it reads.
    pub(crate) reads: Vec<usize>,
    /// The reference to a record of another stream.
    pub(crate) pick: Option<Pick>,
    /// Whether a value can be mapped back to the index.
    pub(crate) leads_back: bool,
}

/// Generates values for many records at once.
///
/// A value may depend only on the key, on the point and on the fields that the generator named when
/// it was read.
pub(crate) trait Generator: fmt::Debug + Send + Sync {
    /// One value per point.
    fn fill(&self, points: &Points<'_>) -> Column;

    /// The index whose record would have the value with this text, for generators with unique
    /// values.
    fn index_of(&self, _key: Key, _text: &str) -> Option<u64> {
        None
    }

    /// The field of the parent whose values it repeats, if it does.
    fn of_parent(&self) -> Option<usize> {
        None
    }

    /// Whether it numbers the children of a parent.
    fn is_ordinal(&self) -> bool {
        false
    }
}

/// The points at which values are generated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Points<'a> {
    /// The field's key.
    pub(crate) key: Key,
    /// One number per value: for a field of a record, the record's index; for an element of an
    /// array, an equivalent number.
    pub(crate) indices: &'a [u64],
    /// The record of each value; its position if absent.
    pub(crate) rows: Option<&'a [u32]>,
    /// The records.
    pub(crate) records: &'a Records<'a>,
}

impl Points<'_> {
    /// The position of the record that value number `i` belongs to.
    #[inline]
    pub(crate) fn row(&self, i: usize) -> usize {
        self.rows.map_or(i, |rows| rows[i] as usize)
    }

    /// How many values there are to be.
    pub(crate) const fn len(&self) -> usize {
        self.indices.len()
    }
}

/// The seed and timeline that a run adds to the model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Program,
    pub(crate) seed: Seed,
    pub(crate) timeline: &'a Timeline,
}

/// Purposes that divide a field's key.
const NULL: u64 = 1;
const MISSING: u64 = 2;

impl FieldProgram {
    /// The values at these points; the key of `points` is ignored.
    pub(crate) fn fill(&self, points: &Points<'_>) -> Column {
        let key = Key::new(points.records.run.seed, self.name);
        let mut column = self.generator.fill(&Points { key, ..*points });
        debug_assert_eq!(column.len(), points.len(), "{}", self.field.name);
        for (share, part, presence) in [
            (self.null, NULL, Presence::Null),
            (self.missing, MISSING, Presence::Missing),
        ] {
            if share > 0.0 {
                let key = key.part(part);
                for (row, index) in points.indices.iter().enumerate() {
                    if key.at(*index).happens(share) {
                        column.remove(row, presence);
                    }
                }
            }
        }
        column
    }
}

impl StreamKind {
    /// A reader of the parents of children for a seed.
    pub(crate) fn families(&self, seed: Seed) -> Option<(usize, QuotaReader<'_>)> {
        match self {
            Self::Children {
                parent,
                quotas,
                name,
            } => Some((*parent, quotas.reader(Key::new(seed, *name)))),
            Self::Entities { .. } | Self::Events | Self::Changes(_) => None,
        }
    }
}

impl Program {
    /// The changes of a stream, if that is its kind.
    pub(crate) fn changes(&self, stream: usize) -> Option<&Changes> {
        match &self.streams[stream].kind {
            StreamKind::Changes(changes) => Some(changes),
            _ => None,
        }
    }

    /// How many records a stream has, regardless of their times.
    pub(crate) fn population(&self, stream: usize, seed: Seed) -> u64 {
        match &self.streams[stream].kind {
            StreamKind::Entities { count } => *count,
            StreamKind::Events | StreamKind::Changes(_) => u64::MAX,
            kind @ StreamKind::Children { parent, .. } => {
                let parents = self.population(*parent, seed);
                if parents == u64::MAX {
                    return u64::MAX;
                }
                let (_, mut reader) = kind.families(seed).expect("children have families");
                reader.first_child(parents)
            }
        }
    }

    /// The position on the timeline of each record of a stream.
    pub(crate) fn positions(&self, stream: usize, seed: Seed, indices: &[u64]) -> Vec<u64> {
        match self.streams[stream].kind.families(seed) {
            None => indices.to_vec(),
            Some((parent, mut reader)) => {
                let parents: Vec<u64> = indices
                    .iter()
                    .map(|index| reader.family(*index).parent)
                    .collect();
                self.positions(parent, seed, &parents)
            }
        }
    }

    /// The first record of a stream at or after a position on the timeline.
    pub(crate) fn first_at(&self, stream: usize, seed: Seed, position: u64) -> u64 {
        if position == u64::MAX {
            return u64::MAX;
        }
        match self.streams[stream].kind.families(seed) {
            None => position,
            Some((parent, mut reader)) => match self.first_at(parent, seed, position) {
                u64::MAX => u64::MAX,
                first => reader.first_child(first),
            },
        }
    }
}
