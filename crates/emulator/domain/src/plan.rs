//! What a run is to do. Parsed once, valid for ever.

mod draft;

pub use draft::{PlanDefaults, PlanDraft, PlanError};

use std::fmt;

use crate::record::transaction::Labels;
use crate::{Domain, Seed, Timeline, UserIds};

/// Where records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sink {
    /// Messages of a topic.
    Kafka,
    /// Objects of a bucket.
    Minio,
    /// Files of a folder.
    File,
    /// The process's standard output; a command's, never a request's.
    Stdout,
    /// Nowhere: generated, encoded, counted.
    Null,
}

impl Sink {
    /// As `emulator_sync` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::Minio => "minio",
            Self::File => "file",
            Self::Stdout => "stdout",
            Self::Null => "null",
        }
    }

    /// The sinks that a request may name.
    pub const REQUESTABLE: &[Self] = &[Self::Kafka, Self::Minio, Self::File, Self::Null];
    /// All sinks.
    pub const ALL: &[Self] = &[
        Self::Kafka,
        Self::Minio,
        Self::File,
        Self::Stdout,
        Self::Null,
    ];
}

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Envelopes; an object holds an array of them.
    Json,
    /// An envelope a line.
    Ndjson,
    /// RFC 4180; an object begins with a header.
    Csv,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Json, Self::Ndjson, Self::Csv];

    /// As `format_type` names it, and the ending of object names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// What an HTTP client or an object store is told.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
        }
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
        /// In bytes, 1..=[`PlanDraft::MAX_CHUNK_SIZE`].
        max_chunk_size: u64,
    },
}

impl Grouping {
    /// As `sync_type` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Grouped => "grouped",
            Self::Chunked { .. } => "chunked",
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

macro_rules! display_name {
    ($($type:ty),*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    )*};
}

display_name!(Sink, Format, Grouping, Pace, Guarantee);

/// A run, resolved: everything that decides the bytes, their places and their pace.
///
/// Made by [`PlanDraft::parse`] only.
#[derive(Clone, Debug, PartialEq)]
pub struct EmulationPlan {
    domain: Domain,
    seed: Seed,
    users: UserIds,
    timeline: Timeline,
    labels: Labels,
    format: Format,
    sink: Sink,
    destination: String,
    grouping: Grouping,
    guarantee: Guarantee,
    pace: Pace,
    timeout: u64,
    count: Option<u64>,
    workers: u16,
    end: u64,
}

impl EmulationPlan {
    /// The kind of data.
    pub const fn domain(&self) -> Domain {
        self.domain
    }

    /// Where all randomness comes from.
    pub const fn seed(&self) -> Seed {
        self.seed
    }

    /// The ids of the population.
    pub const fn users(&self) -> UserIds {
        self.users
    }

    /// The event time of each record.
    pub const fn timeline(&self) -> Timeline {
        self.timeline
    }

    /// Whether transactions carry their label.
    pub const fn labels(&self) -> Labels {
        self.labels
    }

    /// How records are written.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Where records go.
    pub const fn sink(&self) -> Sink {
        self.sink
    }

    /// The topic, bucket or folder.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// How records are gathered into objects.
    pub const fn grouping(&self) -> Grouping {
        self.grouping
    }

    /// What a crash may do to records.
    pub const fn guarantee(&self) -> Guarantee {
        self.guarantee
    }

    /// Whether the run waits for event times.
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// Seconds: of event time for a realtime run, of the clock for an unlimited one.
    pub const fn timeout(&self) -> u64 {
        self.timeout
    }

    /// The number of records asked for.
    pub const fn count(&self) -> Option<u64> {
        self.count
    }

    /// How many threads may generate for this run at once. Never changes a byte.
    pub const fn workers(&self) -> u16 {
        self.workers
    }

    /// The run has records `0..end` at most; an unlimited run may reach its timeout before.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// How many records the run will have, if the plan alone decides that.
    pub fn planned(&self) -> Option<u64> {
        let decided = self.pace == Pace::Realtime
            || self.count.is_some()
            || self.domain == Domain::UserProfile;
        decided.then_some(self.end)
    }
}
