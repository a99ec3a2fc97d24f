//! The fields of a plan by name, and errors in them.

use std::fmt;

use crate::InvalidValue;
use crate::invalid::text_by_name;

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident = $name:literal;)*) => {
        /// A field of a plan, under its name in requests and manifests.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum PlanField {
            $($(#[$doc])* $field,)*
        }

        impl PlanField {
            /// All fields, in the order in which they are documented.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$field),*];

            /// The name used in requests and manifests.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$field => $name,)*
                }
            }
        }
    };
}

fields! {
    /// The [`Sink`](super::Sink).
    Sink = "emulator_sync";
    /// The [`Domain`](crate::Domain).
    Domain = "emulation_domain";
    /// The [`Format`](super::Format).
    Format = "format_type";
    /// The [`Compression`](super::Compression) of objects.
    Compression = "compression";
    /// The [`SyncType`](super::SyncType) of the grouping.
    SyncType = "sync_type";
    /// The [`ChunkSize`](super::ChunkSize) of the grouping.
    MaxChunkSize = "max_chunk_size";
    /// The [`PartitionBy`](super::PartitionBy) of objects.
    PartitionBy = "partition_by";
    /// The [`Timeout`](super::Timeout).
    Timeout = "timeout";
    /// The [`Seed`](crate::Seed).
    Seed = "seed";
    /// The [`RecordCount`](super::RecordCount).
    Count = "count";
    /// The [`Rate`](crate::Rate).
    Rate = "rate";
    /// The [`Pace`](super::Pace).
    Pace = "pace";
    /// The event time of record 0.
    StartTime = "start_time";
    /// The number of [`Workers`](super::Workers).
    Workers = "workers";
    /// The name of the topic, bucket or folder.
    Destination = "destination";
    /// The [`Guarantee`](super::Guarantee).
    Delivery = "delivery";
    /// The lowest id of the population.
    FirstUserId = "first_user_id";
    /// The highest id of the population.
    LastUserId = "last_user_id";
    /// Whether transactions carry their label.
    Labels = "labels";
    /// The seed of the population.
    PopulationSeed = "population_seed";
    /// The first record of the [`Window`](super::Window), counted from the start of the timeline.
    FirstIndex = "first_index";
    /// When the [`Window`](super::Window) begins.
    FromTime = "from_time";
    /// When the [`Window`](super::Window) ends.
    ToTime = "to_time";
    /// The [`KeyFormat`](super::KeyFormat) of messages.
    KeyFormat = "key_format";
    /// The [`Headers`](super::Headers) of messages.
    Headers = "headers";
    /// How many messages are [`Tombstones`](super::Tombstones).
    Tombstones = "tombstones";
    /// The [`SubjectStrategy`](super::SubjectStrategy) of schemas.
    SubjectStrategy = "subject_strategy";
    /// The [`Imperfections`](crate::imperfection::Imperfections).
    Imperfections = "imperfections";
}

text_by_name!(PlanField);

/// An error in one field of a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It is required and was not given.
    #[error("{field} is required; expected {expected}")]
    Missing {
        /// The field.
        field: PlanField,
        /// What is allowed.
        expected: String,
    },
    /// Its value is invalid.
    #[error("invalid {field} {value}")]
    Invalid {
        /// The field.
        field: PlanField,
        /// What was given and what is allowed.
        value: InvalidValue,
    },
    /// An imperfection that the model declares is not possible in this run.
    #[error("invalid {place} of the model: {value}")]
    OfModel {
        /// Where in the model.
        place: String,
        /// What the model says and what is allowed.
        value: InvalidValue,
    },
}

impl PlanError {
    /// An invalid value of a field.
    pub const fn new(field: PlanField, value: InvalidValue) -> Self {
        Self::Invalid { field, value }
    }

    /// The field.
    pub const fn field(&self) -> PlanField {
        match self {
            Self::Missing { field, .. } | Self::Invalid { field, .. } => *field,
            // The field of a request overrides the model.
            Self::OfModel { .. } => PlanField::Imperfections,
        }
    }

    /// The message with another name for the field, such as that of a command-line option.
    pub fn named(&self, name: &str) -> String {
        match self {
            Self::Missing { expected, .. } => format!("{name} is required; expected {expected}"),
            Self::Invalid { value, .. } => format!("invalid {name} {value}"),
            Self::OfModel { .. } => self.to_string(),
        }
    }
}

/// All errors in a plan; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PlanErrors(Vec<PlanError>);

impl PlanErrors {
    /// Succeeds if there are no errors.
    ///
    /// # Errors
    /// All of `errors`, if there are any.
    pub fn none_of(errors: Vec<PlanError>) -> Result<(), Self> {
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Self(errors))
        }
    }

    /// The errors one by one.
    pub fn iter(&self) -> impl Iterator<Item = &PlanError> {
        self.0.iter()
    }
}

impl From<PlanError> for PlanErrors {
    fn from(error: PlanError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for PlanErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}
