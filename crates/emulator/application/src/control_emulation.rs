//! Pauses, resumes and changes runs.

use std::time::Duration;

use emulator_domain::emulation::{ControlError, Emulation, EmulationId, Order};
use emulator_ports::RepositoryError;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::emulation_status::{self, FindError};
use crate::inactive_run::{InactiveRunError, change_inactive};
use crate::quota::{Limited, OverQuota, Share};
use crate::runner::{self, ChangeError, ChangeRequest, RunHandle, RunSequence};
use crate::start_emulation::{self, StartError};
use crate::{Emulator, metrics, models};

/// How long a run may take to come to rest or to halt: slightly longer than the limit for flushing
/// what is in flight.
const BOUND: Duration = Duration::from_secs(25);

/// Why a run was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SteerError {
    /// There is no run with that id, or it was forgotten.
    #[error("Emulation ID {0} not found.")]
    NotFound(EmulationId),
    /// The state of the run or its plan does not allow the change.
    #[error("Emulation ID {0} was not changed: {1}")]
    Refused(EmulationId, ControlError),
    /// Its model has changed, so its records would differ from those already made.
    #[error("Emulation ID {0} was not resumed: {1}")]
    OtherModel(EmulationId, String),
    /// There is no slot for it.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its destination takes too long.
    #[error(
        "Emulation ID {0} was not changed: its destination did not take what it was given within {1} s; try again when it answers, or pause the run"
    )]
    Slow(EmulationId, u64),
    /// The repository cannot be read or written.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl From<FindError> for SteerError {
    fn from(error: FindError) -> Self {
        match error {
            FindError::NotFound(id) => Self::NotFound(id),
            FindError::Repository(error) => Self::Repository(error),
        }
    }
}

impl From<InactiveRunError> for SteerError {
    fn from(why: InactiveRunError) -> Self {
        match why {
            InactiveRunError::Find(error) => error.into(),
            InactiveRunError::LeftToOther => StartError::ShuttingDown.into(),
        }
    }
}

/// Pauses a run: it generates nothing more, flushes what is in flight and keeps its state, across
/// restarts of the service too, until it is resumed or cancelled. Returns when the run is at rest,
/// or after `BOUND` with a run that is still waiting for its destination. A paused run stays
/// paused.
///
/// # Errors
/// See [`SteerError`].
pub async fn pause(emulator: &Emulator, id: EmulationId) -> Result<Emulation, SteerError> {
    let run = emulation_status::status(emulator, id).await?;
    let refused = |why| SteerError::Refused(id, why);
    if run.paused_at().is_none() {
        run.changeable().map_err(refused)?;
    }
    let handle = emulator.inner.active().get(&id).cloned();
    if let Some(handle) = &handle {
        handle.pause.cancel();
        // After a timeout, the stored state says how far the run is.
        let _ = timeout(BOUND, handle.requests.closed()).await;
    }
    let run = emulation_status::status(emulator, id).await?;
    run.unfinished().map_err(|ended| refused(ended.into()))?;
    match (handle, run.paused_at()) {
        // The run was left for another process.
        (None, None) => Err(StartError::ShuttingDown.into()),
        _ => Ok(run),
    }
}

/// Resumes a paused run where it was. Records that were due before the pause are delivered at once;
/// all later ones are delayed by the length of the pause. A run that is not paused is unaffected.
///
/// # Errors
/// See [`SteerError`].
pub async fn resume(emulator: &Emulator, id: EmulationId) -> Result<Emulation, SteerError> {
    resume_within(emulator, id, None).await
}

/// [`resume`] for a caller with a quota.
///
/// # Errors
/// See [`SteerError`].
pub async fn resume_within(
    emulator: &Emulator,
    id: EmulationId,
    limited: Option<&Limited>,
) -> Result<Emulation, SteerError> {
    loop {
        if under_way(emulator, id).await.is_some() {
            return Ok(emulation_status::status(emulator, id).await?);
        }
        let resumed = change_inactive::<SteerError>(emulator, id, async |mut run| {
            if let Some(why) = models::changed(emulator, &run) {
                return Err(SteerError::OtherModel(id, why));
            }
            let refused = |why| SteerError::Refused(id, why);
            run.resume(emulator.now()).map_err(refused)?;
            let control = start_emulation::admit(emulator, &run, limited)?;
            if let Err(error) = emulator.inner.repository.save(&run).await {
                emulator.inner.active().remove(&id);
                return Err(error.into());
            }
            metrics::paused(-1);
            let sequence = RunSequence::after(Vec::new());
            runner::schedule(emulator, run.clone(), control, sequence);
            Ok(run)
        });
        if let Some(resumed) = resumed.await? {
            return Ok(resumed);
        }
    }
}

/// Changes the tags of a run, or the rate of one that waits for event times: to a new rate, or by a
/// factor. The change is in force when this returns; for a paused run, once it is resumed. What was
/// due before the change stays due.
///
/// # Errors
/// See [`SteerError`]; the run then goes on unchanged.
pub async fn change(
    emulator: &Emulator,
    id: EmulationId,
    order: Order,
) -> Result<Emulation, SteerError> {
    let refused = |why| SteerError::Refused(id, why);
    // A change that can be refused at once must not disturb the run.
    let mut run = emulation_status::status(emulator, id).await?;
    run.obey(&order, emulator.now()).map_err(refused)?;
    loop {
        if let Some(handle) = under_way(emulator, id).await {
            let (answer, answered) = oneshot::channel();
            let order = order.clone();
            // If the run comes to rest meanwhile, there is no answer.
            let _ = handle.requests.send(ChangeRequest { order, answer }).await;
            match timeout(BOUND, answered).await {
                Ok(Ok(Ok(run))) => return Ok(run),
                Ok(Ok(Err(ChangeError::Refused(why)))) => return Err(refused(why)),
                Ok(Ok(Err(ChangeError::Repository(error)))) => return Err(error.into()),
                Ok(Err(_)) => handle.requests.closed().await,
                Err(_) => return Err(SteerError::Slow(id, BOUND.as_secs())),
            }
        }
        let changed = change_inactive::<SteerError>(emulator, id, async |mut run| {
            run.obey(&order, emulator.now()).map_err(refused)?;
            emulator.inner.repository.save(&run).await?;
            Ok(run)
        });
        if let Some(changed) = changed.await? {
            return Ok(changed);
        }
    }
}

/// [`change`] for a caller with a quota.
///
/// # Errors
/// See [`SteerError`]; the run then goes on unchanged.
pub async fn change_within(
    emulator: &Emulator,
    id: EmulationId,
    order: Order,
    limited: Option<&Limited>,
) -> Result<Emulation, SteerError> {
    let before = emulation_status::status(emulator, id).await?;
    let mut after = before.clone();
    let is_other_rate = order.change.is_some();
    after
        .obey(&order, emulator.now())
        .map_err(|why| SteerError::Refused(id, why))?;
    if is_other_rate {
        give(emulator, &after, limited).map_err(StartError::from)?;
    }
    let changed = change(emulator, id, order).await;
    if is_other_rate && changed.is_err() {
        // Its previous share needs no check against the quota.
        let _ = give(emulator, &before, None);
    }
    changed
}

/// Charges the owner's quota for a run under way, `run` being its state, if the quota allows it.
fn give(emulator: &Emulator, run: &Emulation, limited: Option<&Limited>) -> Result<(), OverQuota> {
    let share = Share::of(run);
    let mut active = emulator.inner.active();
    if let Some(limited) = limited {
        let others = active.iter().filter(|(id, _)| **id != run.id());
        share.fits(limited, others.map(|(_, handle)| &handle.share))?;
    }
    if let Some(handle) = active.get_mut(&run.id()) {
        handle.share = share;
    }
    Ok(())
}

/// The handle of a run under way; `None` if it is at rest. Waits for a run that is coming to rest.
pub(crate) async fn under_way(emulator: &Emulator, id: EmulationId) -> Option<RunHandle> {
    let handle = emulator.inner.active().get(&id).cloned()?;
    if handle.pause.is_cancelled() {
        handle.requests.closed().await;
        return None;
    }
    Some(handle)
}
