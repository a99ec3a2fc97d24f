//! All that is needed to make the data of a run again.

use emulator_domain::ObjectNames;
use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_domain::plan::{Grouping, PlanDraft, PlanError, Sink};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{GENERATOR_VERSION, UserIds};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::status::Records;
use super::time;
use super::words;

/// A run as data: its plan with every value resolved, its counts and where its records lie.
///
/// [`Manifest::draft`], [`Manifest::users`] and [`Manifest::labels`] lead back to an equal plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the generator. Another version makes other data from the same plan.
    pub generator_version: u32,
    /// Names the run; in every envelope and object name.
    #[schema(format = Uuid)]
    pub emulation_id: String,
    /// Where records went.
    #[schema(schema_with = words::sink, required)]
    pub emulator_sync: String,
    /// The kind of data.
    #[schema(schema_with = words::domain, required)]
    pub emulation_domain: String,
    /// How records are written.
    #[schema(schema_with = words::format, required)]
    pub format_type: String,
    /// How records are gathered into objects.
    #[schema(schema_with = words::sync_type, required)]
    pub sync_type: String,
    /// In bytes; null unless `chunked`, where alone it counts.
    pub max_chunk_size: Option<u64>,
    /// In seconds.
    pub timeout: u64,
    /// Where all randomness comes from.
    #[schema(schema_with = words::seed, required)]
    pub seed: u64,
    /// Records at most, or null.
    pub count: Option<u64>,
    /// Records a second of event time.
    pub rate: f64,
    /// Whether the run waits for event times.
    #[schema(schema_with = words::pace, required)]
    pub pace: String,
    /// Event time of record 0, RFC 3339 in UTC.
    #[schema(format = DateTime)]
    pub start_time: String,
    /// Generating threads; they never change a byte.
    pub workers: u16,
    /// Name of the topic, bucket or folder.
    pub destination: String,
    /// What a crash may do.
    #[schema(schema_with = words::delivery, required)]
    pub delivery: String,
    /// The lowest id of the population.
    pub first_user_id: u32,
    /// The highest id of the population.
    pub last_user_id: u32,
    /// Whether transactions carry `is_fraud`.
    pub labels: bool,
    /// How many records are where.
    pub records: Records,
    /// Bytes of the generated records as encoded.
    pub bytes: u64,
    /// The objects that hold the records; null where records are messages or nothing.
    pub parts: Option<Parts>,
    /// `processing`, `completed`, `failed` or `cancelled`.
    #[schema(schema_with = words::status, required)]
    pub status: String,
    /// Why it failed.
    pub error: Option<String>,
    /// When it began to run, RFC 3339 in UTC.
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    /// When it ended, RFC 3339 in UTC.
    #[schema(format = DateTime)]
    pub finished_at: Option<String>,
}

/// Objects of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// How many are stored, counted from the first without a gap.
    pub count: u64,
    /// How they are named; braces hold what differs from object to object.
    #[schema(example = "0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21/part-{00000}.json")]
    pub names: String,
}

/// A manifest that no run of this generator has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// The generator of another version made the data.
    Version {
        /// Of the manifest.
        got: u32,
    },
    /// A field has a value that cannot be.
    Field(PlanError),
}

impl std::fmt::Display for ManifestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version { got } => write!(
                f,
                "generator_version: got {got}, allowed is {GENERATOR_VERSION}; use the release that wrote the manifest"
            ),
            Self::Field(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ManifestError {}

impl From<PlanError> for ManifestError {
    fn from(error: PlanError) -> Self {
        Self::Field(error)
    }
}

impl From<&Emulation> for Manifest {
    fn from(emulation: &Emulation) -> Self {
        let plan = emulation.plan();
        let timeline = plan.timeline();
        Self {
            generator_version: GENERATOR_VERSION,
            emulation_id: emulation.id().to_string(),
            emulator_sync: plan.sink().name().to_owned(),
            emulation_domain: plan.domain().name().to_owned(),
            format_type: plan.format().name().to_owned(),
            sync_type: plan.grouping().name().to_owned(),
            max_chunk_size: match plan.grouping() {
                Grouping::Chunked { max_chunk_size } => Some(max_chunk_size),
                Grouping::Single | Grouping::Grouped => None,
            },
            timeout: plan.timeout(),
            seed: plan.seed().get(),
            count: plan.count(),
            rate: timeline.rate().get(),
            pace: plan.pace().name().to_owned(),
            start_time: time::rfc3339(timeline.start()),
            workers: plan.workers(),
            destination: plan.destination().to_owned(),
            delivery: plan.guarantee().name().to_owned(),
            first_user_id: plan.users().first(),
            last_user_id: plan.users().last(),
            labels: plan.labels() == Labels::Shown,
            records: emulation.into(),
            bytes: emulation.counts().bytes,
            parts: parts(emulation),
            status: emulation.status().name().to_owned(),
            error: emulation.error().map(str::to_owned),
            started_at: emulation.started_at().map(time::rfc3339),
            finished_at: emulation.finished_at().map(time::rfc3339),
        }
    }
}

fn parts(emulation: &Emulation) -> Option<Parts> {
    let plan = emulation.plan();
    match plan.sink() {
        Sink::Minio | Sink::File => {}
        Sink::Kafka | Sink::Stdout | Sink::Null => return None,
    }
    let names = ObjectNames::new(emulation.id(), plan.format());
    Some(Parts {
        count: emulation.checkpoint().acknowledged_units,
        names: match plan.grouping() {
            Grouping::Grouped => names.grouped(),
            Grouping::Chunked { .. } => names.part(0).replace("part-00000", "part-{00000}"),
            Grouping::Single => format!("{{key}}_{{unix millis}}.{}", plan.format()),
        },
    })
}

impl Manifest {
    /// Which run wrote this.
    ///
    /// # Errors
    /// If the id is not a UUID.
    pub fn id(&self) -> Result<EmulationId, ManifestError> {
        self.emulation_id.parse().map_err(|_| {
            ManifestError::Field(PlanError {
                field: "emulation_id",
                got: format!("{:?}", platform_http::excerpt(&self.emulation_id)),
                allowed: "a UUID".to_owned(),
            })
        })
    }

    /// The plan as a draft, with nothing left open but [`users`](Self::users) and
    /// [`labels`](Self::labels).
    ///
    /// # Errors
    /// If another version of the generator wrote this, or the start time cannot be read. The other
    /// fields are checked when the draft is parsed.
    pub fn draft(&self) -> Result<PlanDraft, ManifestError> {
        if self.generator_version != GENERATOR_VERSION {
            return Err(ManifestError::Version {
                got: self.generator_version,
            });
        }
        Ok(PlanDraft {
            emulator_sync: self.emulator_sync.clone(),
            emulation_domain: self.emulation_domain.clone(),
            format_type: self.format_type.clone(),
            sync_type: self.sync_type.clone(),
            // Where it is null it does not count.
            max_chunk_size: self.max_chunk_size.unwrap_or(0).into(),
            timeout: self.timeout.into(),
            seed: Some(self.seed),
            count: self.count.map(i128::from),
            rate: Some(self.rate),
            pace: Some(self.pace.clone()),
            start_time: Some(time::parsed("start_time", &self.start_time)?),
            workers: Some(self.workers.into()),
            destination: Some(self.destination.clone()),
            delivery: Some(self.delivery.clone()),
        })
    }

    /// The ids of the population.
    ///
    /// # Errors
    /// If they are no range of ids.
    pub fn users(&self) -> Result<UserIds, ManifestError> {
        UserIds::new(self.first_user_id, self.last_user_id).map_err(|error| {
            ManifestError::Field(PlanError {
                field: "first_user_id, last_user_id",
                got: format!("{}, {}", self.first_user_id, self.last_user_id),
                allowed: error.to_string(),
            })
        })
    }

    /// Whether transactions carry their label.
    pub fn labels(&self) -> Labels {
        if self.labels {
            Labels::Shown
        } else {
            Labels::Withheld
        }
    }
}

#[cfg(test)]
mod tests {
    use emulator_domain::plan::{Pace, PlanDefaults};
    use emulator_domain::{Rate, Timestamp};

    use super::*;

    fn defaults(users: UserIds, labels: Labels) -> PlanDefaults<'static> {
        PlanDefaults {
            sinks: Sink::ALL,
            seed: 1,
            start_time: Timestamp::from_micros(1_767_225_600_123_457).unwrap(),
            rate: Rate::per_second(333.333_333).unwrap(),
            workers: 2,
            pace: Pace::Realtime,
            users,
            labels,
        }
    }

    #[test]
    fn a_manifest_leads_back_to_an_equal_plan() {
        let users = UserIds::new(5, 50_000).unwrap();
        for (sink, sync_type, names) in [
            ("kafka", "single", None),
            ("null", "grouped", None),
            (
                "minio",
                "grouped",
                Some("00000000-0000-0000-0000-000000000000.csv"),
            ),
            (
                "file",
                "chunked",
                Some("00000000-0000-0000-0000-000000000000/part-{00000}.csv"),
            ),
            ("minio", "individual", Some("{key}_{unix millis}.csv")),
        ] {
            let draft = PlanDraft {
                emulator_sync: sink.into(),
                emulation_domain: "device-log".into(),
                format_type: "csv".into(),
                sync_type: sync_type.into(),
                max_chunk_size: 4096,
                timeout: 60,
                seed: Some(u64::MAX),
                ..PlanDraft::default()
            };
            let plan = draft.parse(&defaults(users, Labels::Withheld)).unwrap();
            let id = EmulationId::new(uuid::Uuid::nil());
            let manifest = Manifest::from(&Emulation::new(id, plan.clone(), Timestamp::EARLIEST));
            let json = serde_json::to_string(&manifest).unwrap();
            let read: Manifest = serde_json::from_str(&json).unwrap();
            assert_eq!(read, manifest);
            assert_eq!(read.id().unwrap(), id);
            assert_eq!(read.parts.as_ref().map(|parts| &*parts.names), names);
            let again = defaults(read.users().unwrap(), read.labels());
            assert_eq!(read.draft().unwrap().parse(&again).unwrap(), plan);
            let later = Manifest {
                generator_version: GENERATOR_VERSION + 1,
                ..read
            };
            assert!(
                later
                    .draft()
                    .unwrap_err()
                    .to_string()
                    .contains("generator_version: got")
            );
        }
    }
}
