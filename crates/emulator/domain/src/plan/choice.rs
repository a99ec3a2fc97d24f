//! The choices in a plan.

use super::ChunkSize;
use crate::InvalidValue;
use crate::invalid::{listed, nearest, text_by_name};

/// How records are grouped into objects, as `sync_type` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncType {
    /// One object per record.
    Single,
    /// A single object.
    Grouped,
    /// Objects of roughly the same size.
    Chunked,
}

impl SyncType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Grouped, Self::Chunked, Self::Single];

    /// The name used in `sync_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Grouped => "grouped",
            Self::Chunked => "chunked",
        }
    }
}

/// Any word other than `grouped` and `chunked` means single, for compatibility; one that looks like
/// a typing error for either of them is refused.
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

/// How records are grouped into objects. Kafka has one message per record in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// One object per record.
    Single,
    /// A single object.
    Grouped,
    /// The first record that brings an object to `max_chunk_size` bytes completes it.
    Chunked {
        /// The size that completes an object.
        max_chunk_size: ChunkSize,
    },
}

impl Grouping {
    /// The value of `sync_type`.
    pub const fn sync_type(self) -> SyncType {
        match self {
            Self::Single => SyncType::Single,
            Self::Grouped => SyncType::Grouped,
            Self::Chunked { .. } => SyncType::Chunked,
        }
    }

    /// The size that completes an object, if there is one.
    pub const fn max_chunk_size(self) -> Option<ChunkSize> {
        match self {
            Self::Chunked { max_chunk_size } => Some(max_chunk_size),
            Self::Single | Self::Grouped => None,
        }
    }
}

/// Into which table partitions the objects of a chunked run go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionBy {
    /// None: they lie under the name of the run.
    Nothing,
    /// One per day of event time, in UTC, named as Hive, Spark and DuckDB expect:
    /// `date=2026-01-31`. An object ends with the last record of its day, whatever its size.
    Date,
}

impl PartitionBy {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Nothing, Self::Date];

    /// The name used in `partition_by`.
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
    /// As fast as possible.
    Unlimited,
}

impl Pace {
    /// Both paces.
    pub const ALL: [Self; 2] = [Self::Realtime, Self::Unlimited];

    /// The name used in `pace`.
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
    /// Nothing is lost; what was not acknowledged may be delivered twice.
    AtLeastOnce,
    /// A reader of committed data sees each record once.
    ExactlyOnce,
}

impl Guarantee {
    /// Both guarantees.
    pub const ALL: [Self; 2] = [Self::AtLeastOnce, Self::ExactlyOnce];

    /// The name used in `delivery`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtLeastOnce => "at-least-once",
            Self::ExactlyOnce => "exactly-once",
        }
    }
}

text_by_name!(PartitionBy, Pace, Guarantee);
