//! The status of a run.

use std::collections::BTreeMap;

use emulator_domain::Timestamp;
use emulator_domain::emulation::Emulation;
use emulator_manifest::schema;
use emulator_manifest::time::rfc3339;
use emulator_manifest::{Faults, Records, faults};
use serde::Serialize;
use utoipa::ToSchema;

use super::callbacks::CallbackAnswer;
use super::words;

/// A run as it is now. generated = acknowledged + failed + in_flight at any moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusAnswer {
    /// Names the run.
    #[schema(format = Uuid)]
    id: String,
    /// Name of the run, for people.
    name: Option<String>,
    /// Labels to find the run by; the operators of its `team` may control it.
    labels: BTreeMap<String, String>,
    /// Who started it, if that is known: the name of a token, or `oidc:` and an issuer's `sub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "airflow")]
    owner: Option<String>,
    status: Status,
    records: Records,
    /// Number of records with each fault so far, if the run has deliberate faults.
    #[serde(skip_serializing_if = "Option::is_none")]
    faults: Option<Faults>,
    /// Bytes of the generated records as encoded, with the line ends that they have in objects and
    /// files; without what objects have around them, and, of Avro, before compression.
    bytes: u64,
    /// Mean since the run began.
    records_per_second: f64,
    /// Records a second of event time where the run is now: what its `rate`, or what it was given last,
    /// says of the next record.
    rate: f64,
    /// How far a realtime run is behind its pace.
    lag_seconds: f64,
    /// When it began to run, RFC 3339 in UTC; null while it waits.
    #[schema(format = DateTime)]
    started_at: Option<String>,
    /// When it ended, RFC 3339 in UTC; null while it runs.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// Since when it is paused, RFC 3339 in UTC; null unless it is.
    #[schema(format = DateTime)]
    paused_at: Option<String>,
    /// How often it was paused or given another rate; the manifest has each change.
    changes: usize,
    /// Callbacks of the run, if there are any, and whether they were delivered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    callbacks: Vec<CallbackAnswer>,
    /// Why it failed: what was tried and what to check.
    error: Option<String>,
}

/// State of the run and of its workers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// `completed` means that every record was acknowledged by the destination.
    #[schema(schema_with = schema::status, required)]
    global_status: &'static str,
    /// The states of the workers, by number: of each share of the run that is generated beside the
    /// others.
    #[schema(schema_with = words::threads, required)]
    threads: BTreeMap<usize, &'static str>,
}

impl StatusAnswer {
    /// The status of the run at `now`.
    pub(crate) fn new(emulation: &Emulation, now: Timestamp) -> Self {
        let threads = emulation
            .workers()
            .iter()
            .map(|worker| worker.name())
            .enumerate();
        Self {
            id: emulation.id().to_string(),
            name: emulation.tags().name().map(str::to_owned),
            labels: emulation.tags().labels().clone(),
            owner: emulation.owner().map(str::to_owned),
            status: Status {
                global_status: emulation.status().name(),
                threads: threads.collect(),
            },
            records: emulation.into(),
            faults: faults(emulation),
            bytes: emulation.counts().bytes,
            records_per_second: emulation.records_per_second(now),
            rate: emulation.rate(),
            lag_seconds: emulation.lag_seconds(),
            started_at: emulation.started_at().map(rfc3339),
            finished_at: emulation.finished_at().map(rfc3339),
            paused_at: emulation.paused_at().map(rfc3339),
            changes: emulation.plan().changes().len(),
            callbacks: emulation.callbacks().iter().map(Into::into).collect(),
            error: emulation.error().map(str::to_owned),
        }
    }
}
