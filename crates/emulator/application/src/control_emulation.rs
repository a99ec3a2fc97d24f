//! A run is held, goes on, or goes on at another rate.

use std::time::Duration;

use emulator_domain::emulation::{ControlError, Emulation, EmulationId, Order};
use emulator_ports::RepositoryError;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::at_rest::{NotAtRest, at_rest};
use crate::emulation_status::{self, FindError};
use crate::quota::{Limited, OverQuota, Share};
use crate::runner::{self, Asked, Convoy, RunHandle, Unsteered};
use crate::start_emulation::{self, StartError};
use crate::{Emulator, metrics, models};

/// How long a run may take to come to rest, or to halt: a little longer than what is in flight may
/// take to be flushed.
const BOUND: Duration = Duration::from_secs(25);

/// Why a run was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SteerError {
    /// There is none with that id, or it was forgotten.
    #[error("Emulation ID {0} not found.")]
    NotFound(EmulationId),
    /// It does not do that.
    #[error("Emulation ID {0} was not changed: {1}")]
    Refused(EmulationId, ControlError),
    /// Its records would not be those that it began with.
    #[error("Emulation ID {0} was not resumed: {1}")]
    OtherModel(EmulationId, String),
    /// There is no place for it.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its destination takes too long.
    #[error(
        "Emulation ID {0} was not changed: its destination did not take what it was given within {1} s; try again when it answers, or pause the run"
    )]
    Slow(EmulationId, u64),
    /// What is remembered cannot be read or kept.
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

impl From<NotAtRest> for SteerError {
    fn from(why: NotAtRest) -> Self {
        match why {
            NotAtRest::Find(error) => error.into(),
            NotAtRest::Left => StartError::ShuttingDown.into(),
        }
    }
}

/// Holds a run: it generates nothing more, flushes what is in flight and stays as it is, through
/// restarts of the service, until it is resumed or cancelled. Returns when it is at rest, or after
/// half a minute with a run that still waits for its destination. One that is paused stays so.
///
/// # Errors
/// As [`SteerError`] says.
pub async fn pause(emulator: &Emulator, id: EmulationId) -> Result<Emulation, SteerError> {
    let run = emulation_status::status(emulator, id).await?;
    let refused = |why| SteerError::Refused(id, why);
    if run.paused_at().is_none() {
        run.changeable().map_err(refused)?;
    }
    let handle = emulator.inner.active().get(&id).cloned();
    if let Some(handle) = &handle {
        handle.pause.cancel();
        // Where it is then is told by what is remembered of it.
        let _ = timeout(BOUND, handle.orders.closed()).await;
    }
    let run = emulation_status::status(emulator, id).await?;
    run.unfinished().map_err(|ended| refused(ended.into()))?;
    match (handle, run.paused_at()) {
        // It was left for another process.
        (None, None) => Err(StartError::ShuttingDown.into()),
        _ => Ok(run),
    }
}

/// Has a paused run go on where it was. What was due before it was paused is delivered at once, and
/// the rest comes later by as long as it was paused. One that is not paused goes on as it did.
///
/// # Errors
/// As [`SteerError`] says.
pub async fn resume(emulator: &Emulator, id: EmulationId) -> Result<Emulation, SteerError> {
    resume_within(emulator, id, None).await
}

/// The same for a caller who may not have more than so much.
///
/// # Errors
/// As [`SteerError`] says.
pub async fn resume_within(
    emulator: &Emulator,
    id: EmulationId,
    limited: Option<&Limited>,
) -> Result<Emulation, SteerError> {
    loop {
        if under_way(emulator, id).await.is_some() {
            return Ok(emulation_status::status(emulator, id).await?);
        }
        let resumed = at_rest::<SteerError>(emulator, id, async |mut run| {
            if let Some(why) = models::changed(emulator, &run) {
                return Err(SteerError::OtherModel(id, why));
            }
            let refused = |why| SteerError::Refused(id, why);
            run.resume(emulator.now()).map_err(refused)?;
            let reins = start_emulation::admit(emulator, &run, limited)?;
            if let Err(error) = emulator.inner.repository.save(&run).await {
                emulator.inner.active().remove(&id);
                return Err(error.into());
            }
            metrics::paused(-1);
            let convoy = Convoy::after(Vec::new());
            runner::schedule(emulator, run.clone(), reins, convoy);
            Ok(run)
        });
        if let Some(resumed) = resumed.await? {
            return Ok(resumed);
        }
    }
}

/// Calls a run something else, or gives one that waits for event times another rate, or so many times
/// the one that it has. It is in force when this returns; of a paused run, once it is resumed. What
/// was due before stays due.
///
/// # Errors
/// As [`SteerError`] says; the run goes on as it did then.
pub async fn change(
    emulator: &Emulator,
    id: EmulationId,
    order: Order,
) -> Result<Emulation, SteerError> {
    let refused = |why| SteerError::Refused(id, why);
    // What can be refused at once does not disturb the run.
    let mut run = emulation_status::status(emulator, id).await?;
    run.obey(&order, emulator.now()).map_err(refused)?;
    loop {
        if let Some(handle) = under_way(emulator, id).await {
            let (answer, answered) = oneshot::channel();
            let order = order.clone();
            // If it comes to rest meanwhile, nobody answers.
            let _ = handle.orders.send(Asked { order, answer }).await;
            match timeout(BOUND, answered).await {
                Ok(Ok(Ok(run))) => return Ok(run),
                Ok(Ok(Err(Unsteered::Refused(why)))) => return Err(refused(why)),
                Ok(Ok(Err(Unsteered::Repository(error)))) => return Err(error.into()),
                Ok(Err(_)) => handle.orders.closed().await,
                Err(_) => return Err(SteerError::Slow(id, BOUND.as_secs())),
            }
        }
        let changed = at_rest::<SteerError>(emulator, id, async |mut run| {
            run.obey(&order, emulator.now()).map_err(refused)?;
            emulator.inner.repository.save(&run).await?;
            Ok(run)
        });
        if let Some(changed) = changed.await? {
            return Ok(changed);
        }
    }
}

/// The same for a caller who may not have more than so much.
///
/// # Errors
/// As [`SteerError`] says; the run goes on as it did then.
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
        // What it has it may have.
        let _ = give(emulator, &before, None);
    }
    changed
}

/// Gives a run under way the share that it has as `run` is, if the caller may have that.
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

/// What steers the run, unless it rests; waits while it comes to rest.
pub(crate) async fn under_way(emulator: &Emulator, id: EmulationId) -> Option<RunHandle> {
    let handle = emulator.inner.active().get(&id).cloned()?;
    if handle.pause.is_cancelled() {
        handle.orders.closed().await;
        return None;
    }
    Some(handle)
}
