//! Checks, stores and schedules a new run.

use emulator_domain::emulation::{Callback, Emulation, EmulationId, RequestKey, Tags};
use emulator_domain::plan::{EmulationPlan, PlanError, PlanErrors, PlanField, PlanSpec, Sink};
use emulator_domain::{DestinationRefused, InvalidValue, listed};
use emulator_ports::RepositoryError;
use uuid::Uuid;

use crate::Emulator;
use crate::quota::{Limited, OverQuota, Share};
use crate::runner::{self, Predecessor, RunControl, RunSequence};

/// Why a run was not accepted. In that case nothing was created.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The request is invalid.
    #[error(transparent)]
    Invalid(#[from] PlanErrors),
    /// Runs may not deliver to that destination.
    #[error(transparent)]
    Destination(#[from] DestinationRefused),
    /// The service has reached its limit.
    #[error(
        "{limit} emulations are running or waiting, which is the limit; try again in {retry_after_seconds} s"
    )]
    Busy {
        /// The limit, running and waiting together.
        limit: usize,
        /// When to retry.
        retry_after_seconds: u64,
    },
    /// The caller has reached its quota.
    #[error(transparent)]
    OverQuota(#[from] OverQuota),
    /// The process is shutting down.
    #[error("the service is shutting down and takes no new emulations")]
    ShuttingDown,
    /// The idempotency key belongs to another request.
    #[error(
        "the Idempotency-Key {0} was given with another request, which started emulation {1}; send that again, or choose another key"
    )]
    OtherRequest(String, EmulationId),
    /// The run cannot be stored.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// What a run carries besides its plan: tags, idempotency key, callbacks and owner.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Its name and labels.
    pub tags: Tags,
    /// The idempotency key of the request.
    pub request: Option<RequestKey>,
    /// The callbacks to send when it ends.
    pub callbacks: Vec<Callback>,
    /// The caller who requests it.
    pub owner: Option<String>,
    /// The quota of that caller.
    pub limited: Option<Limited>,
}

/// Schedules a run under a new id and returns at once.
///
/// # Errors
/// See [`StartError`].
pub async fn start(emulator: &Emulator, spec: PlanSpec) -> Result<Emulation, StartError> {
    start_known(emulator, spec, Known::default()).await
}

/// [`start`] for a run with tags, callbacks or an owner. If the same caller made a request with the
/// same idempotency key within the last day, returns the run that was started then.
///
/// # Errors
/// See [`StartError`].
pub async fn start_known(
    emulator: &Emulator,
    spec: PlanSpec,
    known: Known,
) -> Result<Emulation, StartError> {
    let new = |_: &EmulationPlan| EmulationId::new(Uuid::new_v4());
    let sequence = RunSequence::after(Vec::new());
    let Some(request) = known.request.clone() else {
        return start_as(emulator, spec, new, sequence, known).await;
    };
    // Held until the run is started, so that the second of two simultaneous requests finds it.
    let mut requests = emulator.inner.requests.lock().await;
    let requests = requests.of_the_last_day(emulator).await?;
    let by = (known.owner.clone(), request.key().to_owned());
    if let Some((_, id)) = requests.get(&by)
        && let Some(run) = emulator.inner.repository.find(*id).await?
    {
        return match run.request() == Some(&request) {
            true => Ok(run),
            false => Err(StartError::OtherRequest(request.key().to_owned(), *id)),
        };
    }
    let run = start_as(emulator, spec, new, sequence, known).await?;
    requests.insert(by, (run.created_at(), run.id()));
    Ok(run)
}

/// Schedules a run under an id that is derived from its plan: a repetition writes the same bytes
/// under the same names. Meant for one run per process.
///
/// # Errors
/// See [`StartError`].
pub async fn start_reproducibly(
    emulator: &Emulator,
    spec: PlanSpec,
) -> Result<Emulation, StartError> {
    let sequence = RunSequence::after(Vec::new());
    start_as(
        emulator,
        spec,
        EmulationId::of_plan,
        sequence,
        Known::default(),
    )
    .await
}

/// [`start_reproducibly`] for several runs on one timeline. Each comes after the ones before it:
/// after all records of those that have a fixed number of records and, if it waits for event times,
/// after the records of the others that happen before its own.
///
/// # Errors
/// See [`StartError`]; if one of the runs is refused, none begins.
pub async fn start_together(
    emulator: &Emulator,
    specs: Vec<PlanSpec>,
) -> Result<Vec<Emulation>, StartError> {
    for spec in &specs {
        resolve(emulator, spec.clone())?;
    }
    let mut started: Vec<Emulation> = Vec::with_capacity(specs.len());
    let mut before = Vec::with_capacity(specs.len());
    for spec in specs {
        let sequence = RunSequence::after(before.clone());
        let delivered = sequence.delivered.subscribe();
        let emulation = start_as(
            emulator,
            spec,
            EmulationId::of_plan,
            sequence,
            Known::default(),
        )
        .await?;
        before.push(Predecessor::new(&emulation, delivered));
        started.push(emulation);
    }
    Ok(started)
}

/// The plan of a run that could be started now, as far as this can be determined without starting
/// it.
///
/// # Errors
/// If the request is invalid.
pub fn check(emulator: &Emulator, spec: PlanSpec) -> Result<EmulationPlan, StartError> {
    let plan = resolve(emulator, spec)?;
    emulator.inner.destination_rules.check(plan.destination())?;
    Ok(plan)
}

async fn start_as(
    emulator: &Emulator,
    spec: PlanSpec,
    id: impl FnOnce(&EmulationPlan) -> EmulationId,
    sequence: RunSequence,
    known: Known,
) -> Result<Emulation, StartError> {
    let plan = check(emulator, spec)?;
    let id = id(&plan);
    let mut emulation = Emulation::new(id, plan, emulator.now())
        .tagged(known.tags)
        .with_callbacks(known.callbacks)
        .owned_by(known.owner);
    if let Some(request) = known.request {
        emulation = emulation.asked_with(request);
    }
    let control = admit(emulator, &emulation, known.limited.as_ref())?;
    if let Err(error) = emulator.inner.repository.save(&emulation).await {
        emulator.inner.active().remove(&id);
        return Err(error.into());
    }
    runner::schedule(emulator, emulation.clone(), control, sequence);
    Ok(emulation)
}

/// The plan, with at most as many workers as there are threads.
fn resolve(emulator: &Emulator, spec: PlanSpec) -> Result<EmulationPlan, PlanErrors> {
    if !emulator.inner.destinations.contains_key(&spec.sink) {
        let names: Vec<_> = emulator.sinks().into_iter().map(Sink::name).collect();
        let value = InvalidValue::text(spec.sink.name(), listed(&names));
        return Err(PlanError::new(PlanField::Sink, value).into());
    }
    EmulationPlan::new(PlanSpec {
        workers: spec.workers.min(emulator.inner.all_workers()),
        ..spec
    })
}

/// Takes a slot for the run, if there is one and the caller's quota allows it.
pub(crate) fn admit(
    emulator: &Emulator,
    run: &Emulation,
    limited: Option<&Limited>,
) -> Result<RunControl, StartError> {
    if emulator.inner.shutdown.is_cancelled() {
        return Err(StartError::ShuttingDown);
    }
    let limit = emulator
        .inner
        .limits
        .running
        .saturating_add(emulator.inner.limits.waiting);
    let mut active = emulator.inner.active();
    if active.len() >= limit {
        return Err(StartError::Busy {
            limit,
            retry_after_seconds: 5,
        });
    }
    if let Some(limited) = limited {
        let others = active.values().map(|handle| &handle.share);
        Share::of(run).fits(limited, others)?;
    }
    let (handle, control) = emulator.inner.run_handle(run);
    active.insert(run.id(), handle);
    Ok(control)
}
