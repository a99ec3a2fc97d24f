//! The choices that a plan is made of.

use super::ChunkSize;
use crate::InvalidValue;
use crate::invalid::{listed, nearest, text_by_name};

/// How records are gathered into objects, as `sync_type` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncType {
    /// An object for each record.
    Single,
    /// One object.
    Grouped,
    /// Objects of about the same size.
    Chunked,
}

impl SyncType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Grouped, Self::Chunked, Self::Single];

    /// As `sync_type` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Grouped => "grouped",
            Self::Chunked => "chunked",
        }
    }
}

/// Any word that is neither `grouped` nor `chunked` means single, as it always did; one that looks
/// like a slip for either of them is refused.
impl std::str::FromStr for SyncType {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NAMES: [&str; 2] = [SyncType::Grouped.name(), SyncType::Chunked.name()];
        const SLIPS: usize = 3;
        match nearest(text, &NAMES, SLIPS) {
            None => Ok(Self::Single),
            Some(name) => InvalidValue::one_of(text, &[Self::Grouped, Self::Chunked], Self::name)
                .map_err(|_| {
                    let names = Self::ALL.map(Self::name);
                    InvalidValue::text(text, listed(&names)).meaning(Some(name))
                }),
        }
    }
}

impl std::fmt::Display for SyncType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// How records are gathered into objects. Kafka has a message a record whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// An object a record.
    Single,
    /// One object.
    Grouped,
    /// An object is closed by the first record that brings it to `max_chunk_size` bytes.
    Chunked {
        /// The size that closes it.
        max_chunk_size: ChunkSize,
    },
}

impl Grouping {
    /// As `sync_type` says it.
    pub const fn sync_type(self) -> SyncType {
        match self {
            Self::Single => SyncType::Single,
            Self::Grouped => SyncType::Grouped,
            Self::Chunked { .. } => SyncType::Chunked,
        }
    }

    /// The size that closes an object, if one does.
    pub const fn max_chunk_size(self) -> Option<ChunkSize> {
        match self {
            Self::Chunked { max_chunk_size } => Some(max_chunk_size),
            Self::Single | Self::Grouped => None,
        }
    }
}

/// Into which partitions of a table the objects of a chunked run go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionBy {
    /// Into none: they lie under the name of the run.
    Nothing,
    /// One for each day of event time, in UTC, named as Hive, Spark and DuckDB read it:
    /// `date=2026-01-31`. An object ends with the last record of its day, whatever its size.
    Date,
}

impl PartitionBy {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Nothing, Self::Date];

    /// As `partition_by` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Date => "date",
        }
    }
}

/// Whether a run waits for the event times of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// No record before its event time.
    Realtime,
    /// As fast as it goes.
    Unlimited,
}

impl Pace {
    /// Both paces.
    pub const ALL: [Self; 2] = [Self::Realtime, Self::Unlimited];

    /// As `pace` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Unlimited => "unlimited",
        }
    }
}

/// What a crash may do to records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// Nothing is lost; what was not acknowledged may come twice.
    AtLeastOnce,
    /// A reader of committed data sees each record once.
    ExactlyOnce,
}

impl Guarantee {
    /// Both guarantees.
    pub const ALL: [Self; 2] = [Self::AtLeastOnce, Self::ExactlyOnce];

    /// As `delivery` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtLeastOnce => "at-least-once",
            Self::ExactlyOnce => "exactly-once",
        }
    }
}

text_by_name!(PartitionBy, Pace, Guarantee);
