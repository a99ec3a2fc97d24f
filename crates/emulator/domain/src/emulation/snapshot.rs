//! The stored form of a run.

use crate::delivery::{Checkpoint, Counts};
use crate::plan::EmulationPlan;
use crate::time::Timestamp;

use super::{
    Callback, CallbackState, Emulation, EmulationId, GlobalStatus, RequestKey, RunFailure, Tags,
    WorkerState,
};

/// What is stored of a run; everything else about it follows from this.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The id.
    pub id: EmulationId,
    /// The plan.
    pub plan: EmulationPlan,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was first started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The status.
    pub status: GlobalStatus,
    /// Its workers, by number.
    pub workers: Vec<WorkerState>,
    /// How many records are in which state.
    pub counts: Counts,
    /// From where it could continue.
    pub checkpoint: Checkpoint,
    /// Seconds behind its pace, at least 0.
    pub lag_seconds: f64,
    /// Why it failed.
    pub failure: Option<RunFailure>,
    /// The location that it delivers to, once known.
    pub location: Option<String>,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// Its name and labels.
    pub tags: Tags,
    /// The idempotency key of its request.
    pub request: Option<RequestKey>,
    /// The callbacks to send when it ends.
    pub callbacks: Vec<Callback>,
    /// The owner.
    pub owner: Option<String>,
}

/// No run can be in such a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no emulation can be like this: {0}")]
pub struct SnapshotError(String);

impl Emulation {
    /// The run as it was when the snapshot was taken.
    ///
    /// # Errors
    /// If no run can be in that state; the error says which rule is violated.
    pub fn restored(from: Snapshot) -> Result<Self, SnapshotError> {
        check(&from).map_err(SnapshotError)?;
        Ok(Self {
            workers: from.workers,
            id: from.id,
            plan: from.plan,
            created_at: from.created_at,
            started_at: from.started_at,
            finished_at: from.finished_at,
            status: from.status,
            counts: from.counts,
            checkpoint: from.checkpoint,
            lag_seconds: from.lag_seconds,
            failure: from.failure,
            location: from.location,
            paused_at: from.paused_at,
            tags: from.tags,
            request: from.request,
            callbacks: from.callbacks,
            owner: from.owner,
        })
    }

    /// The stored form of this run.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            id: self.id,
            plan: self.plan.clone(),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            status: self.status,
            workers: self.workers.clone(),
            counts: self.counts,
            checkpoint: self.checkpoint,
            lag_seconds: self.lag_seconds,
            failure: self.failure.clone(),
            location: self.location.clone(),
            paused_at: self.paused_at,
            tags: self.tags.clone(),
            request: self.request.clone(),
            callbacks: self.callbacks.clone(),
            owner: self.owner.clone(),
        }
    }
}

fn check(from: &Snapshot) -> Result<(), String> {
    let Counts {
        generated,
        acknowledged,
        failed,
        ..
    } = from.counts;
    let Checkpoint {
        next_index,
        acknowledged_units,
    } = from.checkpoint;
    let (status, end) = (from.status, from.plan.end());
    let settled = acknowledged.checked_add(failed);
    let ended = !matches!(status, GlobalStatus::Processing | GlobalStatus::Paused);
    let rules = [
        (
            (1..=usize::from(from.plan.workers())).contains(&from.workers.len()),
            format!(
                "{} workers of a plan of {}",
                from.workers.len(),
                from.plan.workers()
            ),
        ),
        (
            settled.is_some_and(|settled| settled <= generated),
            format!(
                "{acknowledged} records acknowledged and {failed} failed of {generated} generated"
            ),
        ),
        (
            generated <= end,
            format!("{generated} records generated of a plan of {end}"),
        ),
        (
            next_index <= acknowledged && acknowledged_units <= next_index,
            format!(
                "{acknowledged_units} acknowledged units up to record {next_index} and {acknowledged} records acknowledged"
            ),
        ),
        (
            from.started_at.is_some() || generated == 0,
            format!("{generated} records generated before it was started"),
        ),
        (
            ended == from.finished_at.is_some(),
            format!("{status}, with an end or without"),
        ),
        (
            (status == GlobalStatus::Failed) == from.failure.is_some(),
            format!("{status}, with an error or without"),
        ),
        (
            status != GlobalStatus::Completed || acknowledged == generated,
            format!("completed with {acknowledged} of {generated} records acknowledged"),
        ),
        (
            (status == GlobalStatus::Paused) == from.paused_at.is_some(),
            format!("{status}, with a pause or without"),
        ),
        (
            (from.callbacks.iter())
                .all(|callback| (callback.state == CallbackState::Waiting) != ended),
            format!("{status}, with callbacks that wait for the end or do not"),
        ),
        (
            from.lag_seconds.is_finite() && from.lag_seconds >= 0.0,
            format!("{} s behind its pace", from.lag_seconds),
        ),
    ];
    match rules.into_iter().find(|(holds, _)| !holds) {
        Some((_, broken)) => Err(broken),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::Domain;
    use crate::emulation::{CallbackEvent, Outcome, RunFailure};
    use crate::plan::{Format, PlanSpec, RecordCount, Sink, Workers};

    use super::*;

    fn running() -> Emulation {
        let plan = EmulationPlan::new(PlanSpec {
            count: Some(RecordCount::new(1000).unwrap()),
            workers: Workers::new(3).unwrap(),
            ..PlanSpec::new(Domain::Transaction, Sink::Null, Format::Json)
        })
        .unwrap();
        let id = EmulationId::of_plan(&plan);
        let mut run = Emulation::new(id, plan, Timestamp::EARLIEST);
        run.start(Timestamp::EARLIEST, 2).unwrap();
        run.work(&[WorkerState::Finished, WorkerState::Started])
            .unwrap();
        let counts = Counts {
            generated: 900,
            acknowledged: 900,
            failed: 0,
            bytes: 90_000,
            skewed: 0,
        };
        let checkpoint = Checkpoint {
            next_index: 900,
            acknowledged_units: 9,
        };
        run.progress(counts, checkpoint, 0.5).unwrap();
        run
    }

    #[test]
    fn a_run_is_restored_equal_from_every_state() {
        let waiting = Emulation::new(
            running().id(),
            running().plan().clone(),
            Timestamp::EARLIEST,
        );
        let ended = |outcome| {
            let mut run = running();
            run.finish(outcome, Timestamp::LATEST).unwrap();
            run
        };
        let mut paused = running();
        paused.pause(Timestamp::LATEST).unwrap();
        for run in [
            waiting,
            running(),
            paused,
            ended(Outcome::Completed),
            ended(Outcome::Cancelled),
            ended(Outcome::Failed(RunFailure::internal("why"))),
        ] {
            assert_eq!(Emulation::restored(run.snapshot()), Ok(run));
        }
    }

    #[test]
    fn a_run_delivers_to_one_place_only() {
        let mut run = running();
        assert_eq!(run.location(), None);
        run.deliver_to("here".into()).unwrap();
        run.deliver_to("here".into()).unwrap();
        let elsewhere = run.deliver_to("there".into()).unwrap_err();
        assert_eq!((&*elsewhere.before, &*elsewhere.now), ("here", "there"));
        assert_eq!(run.location(), Some("here"));
    }

    #[test]
    fn a_state_that_no_run_can_be_in_is_refused() {
        type Change = fn(&mut Snapshot);
        let cases: [(Change, &str); 14] = [
            (|s| s.workers.clear(), "0 workers of a plan of 3"),
            (|s| s.counts.failed = 1, "acknowledged and 1 failed"),
            (|s| s.counts.failed = u64::MAX, "failed of 900"),
            (|s| s.counts.generated = 1001, "of a plan of 1000"),
            (|s| s.checkpoint.next_index = 901, "up to record 901"),
            (
                |s| s.checkpoint.acknowledged_units = 901,
                "901 acknowledged units",
            ),
            (|s| s.started_at = None, "before it was started"),
            (|s| s.finished_at = Some(Timestamp::LATEST), "with an end"),
            (
                |s| s.status = GlobalStatus::Cancelled,
                "cancelled, with an end or without",
            ),
            (
                |s| s.failure = Some(RunFailure::internal("why")),
                "with an error",
            ),
            (
                |s| {
                    s.status = GlobalStatus::Completed;
                    s.finished_at = s.started_at;
                    s.counts.generated = 901;
                },
                "completed with 900 of 901",
            ),
            (|s| s.status = GlobalStatus::Paused, "paused, with a pause"),
            (
                |s| {
                    let due = CallbackState::Due {
                        attempts: 0,
                        error: None,
                    };
                    s.callbacks = vec![Callback {
                        state: due,
                        ..Callback::new(CallbackEvent::Ended, "https://a/".to_owned())
                    }];
                },
                "with callbacks that wait",
            ),
            (|s| s.lag_seconds = f64::NAN, "NaN s behind"),
        ];
        for (change, said) in cases {
            let mut snapshot = running().snapshot();
            change(&mut snapshot);
            let error = Emulation::restored(snapshot).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
