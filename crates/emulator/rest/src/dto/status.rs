//! How far a run is.

use std::collections::BTreeMap;

use emulator_domain::Timestamp;
use emulator_domain::emulation::Emulation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::time::rfc3339;
use super::words;

/// A run as it is now. generated = acknowledged + failed + in_flight at every reading.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusAnswer {
    /// Names the run.
    #[schema(format = Uuid)]
    id: String,
    status: Status,
    records: Records,
    /// Bytes of the generated records as encoded.
    bytes: u64,
    /// Mean since the run began.
    records_per_second: f64,
    /// How far a realtime run is behind its pace.
    lag_seconds: f64,
    /// When it began to run, RFC 3339 in UTC; null while it waits.
    #[schema(format = DateTime)]
    started_at: Option<String>,
    /// When it ended, RFC 3339 in UTC; null while it runs.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// Why it failed: what was tried and what to check.
    error: Option<String>,
}

/// Where the run and its workers are in their lives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// `completed` means that every record was acknowledged by the destination.
    #[schema(schema_with = words::status, required)]
    global_status: &'static str,
    /// The workers by number.
    #[schema(schema_with = words::threads, required)]
    threads: BTreeMap<usize, &'static str>,
}

/// How many records are where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// How many there will be, if the plan alone decides that.
    pub planned: Option<u64>,
    /// Made and encoded.
    pub generated: u64,
    /// Known to be stored by the destination.
    pub acknowledged: u64,
    /// Known not to be stored, or given up.
    pub failed: u64,
    /// Handed on and not yet answered for.
    pub in_flight: u64,
}

impl From<&Emulation> for Records {
    fn from(emulation: &Emulation) -> Self {
        let counts = emulation.counts();
        Self {
            planned: emulation.plan().planned(),
            generated: counts.generated,
            acknowledged: counts.acknowledged,
            failed: counts.failed,
            in_flight: counts.in_flight(),
        }
    }
}

impl StatusAnswer {
    /// The run as it is at `now`.
    pub(crate) fn new(emulation: &Emulation, now: Timestamp) -> Self {
        let threads = emulation
            .workers()
            .iter()
            .map(|worker| worker.name())
            .enumerate();
        Self {
            id: emulation.id().to_string(),
            status: Status {
                global_status: emulation.status().name(),
                threads: threads.collect(),
            },
            records: emulation.into(),
            bytes: emulation.counts().bytes,
            records_per_second: emulation.records_per_second(now),
            lag_seconds: emulation.lag_seconds(),
            started_at: emulation.started_at().map(rfc3339),
            finished_at: emulation.finished_at().map(rfc3339),
            error: emulation.error().map(str::to_owned),
        }
    }
}
