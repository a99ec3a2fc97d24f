//! The life cycle of a run.

mod callback;
mod control;
mod failure;
mod location;
mod snapshot;
mod status;
mod tags;

pub use callback::{Callback, CallbackEvent, CallbackOutcome, CallbackState};
pub use control::{ControlError, MOST_CHANGES, Order};
pub use failure::{FailureKind, RunFailure};
pub use location::DeliveredElsewhere;
pub use snapshot::{Snapshot, SnapshotError};
pub use status::{GlobalStatus, WorkerState};
pub use tags::{InvalidTag, RequestKey, TagChange, Tags};

use std::fmt::{self, Write as _};
use std::str::FromStr;

use uuid::Uuid;

use crate::GENERATOR_VERSION;
use crate::delivery::{Checkpoint, Counts};
use crate::plan::{ChunkSize, EmulationPlan, Pace, PartitionBy};
use crate::seed::mix;
use crate::time::Timestamp;

/// The id of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmulationId(Uuid);

impl EmulationId {
    /// Wraps any UUID.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The id of a reproducible run: a version 8 UUID derived from everything that determines the
    /// bytes of its records, the names of its objects and how many of each there are. The
    /// destination, the guarantee, the pace and the number of workers affect none of these and
    /// therefore not the id.
    pub fn of_plan(plan: &EmulationPlan) -> Self {
        let spec = plan.spec();
        let format = match spec.format.compressions() {
            [_] => spec.format.to_string(),
            _ => format!("{} {}", spec.format, spec.compression),
        };
        let data = match spec.dataset.stream() {
            None => spec.dataset.to_string(),
            Some(stream) => format!("{} {}", spec.dataset, stream.model().digest),
        };
        let traffic = match spec.rate.constant() {
            Some(rate) => format!("{:x}", rate.get().to_bits()),
            None => format!("{:?}", spec.rate),
        };
        let mut decisive = format!(
            "{GENERATOR_VERSION} {} {} {}..{} {} {} {:?} {} {} {:?} {} {:?}",
            data,
            spec.seed.get(),
            spec.users.first(),
            spec.users.last(),
            spec.start_time.micros(),
            traffic,
            spec.labels,
            format,
            spec.grouping.sync_type(),
            spec.grouping.max_chunk_size().map(ChunkSize::get),
            plan.end(),
            // The clock decides how many records there are.
            plan.planned().is_none().then_some(plan.timeout()),
        );
        // At their defaults these do not count. Writing to a string does not fail.
        if spec.partition_by != PartitionBy::Nothing {
            let _ = write!(decisive, " partitions {}", spec.partition_by);
        }
        if plan.population() != plan.seed() {
            let _ = write!(decisive, " population {}", plan.population().get());
        }
        if plan.first() > 0 {
            let _ = write!(decisive, " first {}", plan.first());
        }
        decisive += &spec.messages.decisive();
        if !spec.imperfections.is_none() {
            let _ = write!(decisive, " {:?}", spec.imperfections);
        }
        let half = |start| {
            let bytes = decisive.bytes().map(u64::from);
            bytes.fold(start, |hash, part| mix(mix(hash) ^ part))
        };
        let bits = u128::from(half(1)) << 64 | u128::from(half(2));
        Self(uuid::Builder::from_custom_bytes(bits.to_be_bytes()).into_uuid())
    }

    /// The UUID.
    pub const fn get(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for EmulationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EmulationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The plan was carried out.
    Completed,
    /// The plan could not be carried out.
    Failed(RunFailure),
    /// It was cancelled.
    Cancelled,
}

/// A transition that the life cycle does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifeCycleError {
    /// A run that has ended cannot change.
    #[error("the emulation is {0} already")]
    Finished(GlobalStatus),
    /// A run is completed only if all its records are acknowledged.
    #[error(
        "{failed} records failed and {in_flight} are in flight: the emulation is not completed"
    )]
    NotAcknowledged {
        /// Known not to be stored.
        failed: u64,
        /// Neither acknowledged nor failed.
        in_flight: u64,
    },
}

/// A run: its plan, its progress, its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Emulation {
    id: EmulationId,
    plan: EmulationPlan,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    status: GlobalStatus,
    workers: Vec<WorkerState>,
    counts: Counts,
    checkpoint: Checkpoint,
    lag_seconds: f64,
    failure: Option<RunFailure>,
    location: Option<String>,
    /// Since when the run is paused.
    paused_at: Option<Timestamp>,
    tags: Tags,
    request: Option<RequestKey>,
    callbacks: Vec<Callback>,
    owner: Option<String>,
}

impl Emulation {
    /// A run that is waiting to be started.
    pub fn new(id: EmulationId, plan: EmulationPlan, now: Timestamp) -> Self {
        let workers = vec![WorkerState::Waiting; usize::from(plan.workers())];
        Self {
            id,
            plan,
            created_at: now,
            started_at: None,
            finished_at: None,
            status: GlobalStatus::Processing,
            workers,
            counts: Counts::default(),
            checkpoint: Checkpoint::default(),
            lag_seconds: 0.0,
            failure: None,
            location: None,
            paused_at: None,
            tags: Tags::default(),
            request: None,
            callbacks: Vec::new(),
            owner: None,
        }
    }

    /// Starts the run at `now` with as many workers as there are threads for, at most
    /// [`EmulationPlan::workers`].
    ///
    /// # Errors
    /// If it has ended.
    pub fn start(&mut self, now: Timestamp, workers: usize) -> Result<(), LifeCycleError> {
        self.unfinished()?;
        self.started_at.get_or_insert(now);
        let workers = workers.clamp(1, self.plan.workers().into());
        self.workers = vec![WorkerState::Waiting; workers];
        Ok(())
    }

    /// Sets the states of the workers, by number; an empty list leaves them as they are.
    ///
    /// # Errors
    /// If it has ended.
    pub fn work(&mut self, workers: &[WorkerState]) -> Result<(), LifeCycleError> {
        self.unfinished()?;
        if !workers.is_empty() {
            self.workers = workers.to_vec();
        }
        Ok(())
    }

    /// Records the progress; `lag_seconds` is how far the run is behind its pace.
    ///
    /// # Errors
    /// If it has ended.
    pub fn progress(
        &mut self,
        counts: Counts,
        checkpoint: Checkpoint,
        lag_seconds: f64,
    ) -> Result<(), LifeCycleError> {
        self.unfinished()?;
        self.counts = counts;
        self.checkpoint = checkpoint;
        self.lag_seconds = lag_seconds;
        Ok(())
    }

    /// Ends the run.
    ///
    /// # Errors
    /// If it has already ended, or is to be completed with records that are not acknowledged.
    pub fn finish(&mut self, outcome: Outcome, now: Timestamp) -> Result<(), LifeCycleError> {
        self.unfinished()?;
        let (failed, in_flight) = (self.counts.failed, self.counts.in_flight());
        let (status, failure) = match outcome {
            Outcome::Completed if failed > 0 || in_flight > 0 => {
                return Err(LifeCycleError::NotAcknowledged { failed, in_flight });
            }
            Outcome::Completed => (GlobalStatus::Completed, None),
            Outcome::Failed(why) => (GlobalStatus::Failed, Some(why)),
            Outcome::Cancelled => (GlobalStatus::Cancelled, None),
        };
        self.status = status;
        self.paused_at = None;
        self.failure = failure;
        for worker in &mut self.workers {
            *worker = worker.ended(status);
        }
        self.finished_at = Some(now);
        callback::end(&mut self.callbacks, status);
        Ok(())
    }

    /// Checks that the run has not ended.
    ///
    /// # Errors
    /// If it has ended, with its final status.
    pub fn unfinished(&self) -> Result<(), LifeCycleError> {
        match self.status {
            GlobalStatus::Processing | GlobalStatus::Paused => Ok(()),
            ended => Err(LifeCycleError::Finished(ended)),
        }
    }

    /// The id.
    pub const fn id(&self) -> EmulationId {
        self.id
    }

    /// The plan.
    pub const fn plan(&self) -> &EmulationPlan {
        &self.plan
    }

    /// When it was accepted.
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When it started.
    pub const fn started_at(&self) -> Option<Timestamp> {
        self.started_at
    }

    /// When it ended.
    pub const fn finished_at(&self) -> Option<Timestamp> {
        self.finished_at
    }

    /// The status.
    pub const fn status(&self) -> GlobalStatus {
        self.status
    }

    /// The latest moment known to have passed: when the run was accepted, when it was started, and
    /// for a realtime run the event time of the last generated record.
    ///
    /// A clock that shows less was set back by at least the difference.
    pub fn latest_moment(&self) -> Timestamp {
        let accepted = self.started_at.unwrap_or(self.created_at);
        let reached = match self.plan.pace() {
            Pace::Unlimited => None,
            Pace::Realtime => self.counts.generated.checked_sub(1),
        };
        let reached = reached.and_then(|last| self.plan.due(last));
        accepted
            .max(self.created_at)
            .max(reached.unwrap_or(accepted))
    }

    /// The rate in records per second of event time at the next record, or at the last change if
    /// that is later.
    pub fn rate(&self) -> f64 {
        let plan = &self.plan;
        let next = plan.due(self.counts.generated);
        let at = next.unwrap_or(plan.timeline().start());
        let changed = plan.changes().last().filter(|_| plan.is_timed());
        let at = changed.map_or(at, |changed| at.max(changed.time));
        plan.timeline().rate_at(at)
    }

    /// Its workers, by number.
    pub fn workers(&self) -> &[WorkerState] {
        &self.workers
    }

    /// How many records are in which state.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// From where it could continue.
    pub const fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    /// How far it is behind its pace; 0 for an unlimited run.
    pub const fn lag_seconds(&self) -> f64 {
        self.lag_seconds
    }

    /// Why it failed.
    pub const fn failure(&self) -> Option<&RunFailure> {
        self.failure.as_ref()
    }

    /// Why it failed, as a message for the user.
    pub fn error(&self) -> Option<&str> {
        self.failure
            .as_ref()
            .map(|failure| failure.message.as_str())
    }

    /// Mean records per second from its start to its end, or to `now`.
    pub fn records_per_second(&self, now: Timestamp) -> f64 {
        let Some(started) = self.started_at else {
            return 0.0;
        };
        let seconds = self.finished_at.unwrap_or(now).seconds_since(started);
        if seconds > 0.0 {
            self.counts.generated as f64 / seconds
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests;
