//! A run is asked for, checked, remembered and scheduled.

use emulator_domain::emulation::{Callback, Emulation, EmulationId, RequestKey, Tags};
use emulator_domain::plan::{EmulationPlan, PlanError, PlanErrors, PlanField, PlanSpec, Sink};
use emulator_domain::{DestinationRefused, InvalidValue, listed};
use emulator_ports::RepositoryError;
use uuid::Uuid;

use crate::Emulator;
use crate::quota::{Limited, OverQuota, Share};
use crate::runner::{self, Convoy, Predecessor, Reins};

/// Why a run was not accepted. Nothing was created then.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The request is wrong.
    #[error(transparent)]
    Invalid(#[from] PlanErrors),
    /// Runs may not deliver to that name.
    #[error(transparent)]
    Destination(#[from] DestinationRefused),
    /// As much is going on as the settings allow.
    #[error(
        "{limit} emulations are running or waiting, which is the limit; try again in {retry_after_seconds} s"
    )]
    Busy {
        /// Running and waiting together.
        limit: usize,
        /// When to try again.
        retry_after_seconds: u64,
    },
    /// As much is going on as this caller may have.
    #[error(transparent)]
    OverQuota(#[from] OverQuota),
    /// The process is about to end.
    #[error("the service is shutting down and takes no new emulations")]
    ShuttingDown,
    /// The key names another request.
    #[error(
        "the Idempotency-Key {0} was given with another request, which started emulation {1}; send that again, or choose another key"
    )]
    OtherRequest(String, EmulationId),
    /// The run cannot be remembered.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// How a run is known besides its id, and to whom.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What people call it.
    pub tags: Tags,
    /// What it is asked for with.
    pub request: Option<RequestKey>,
    /// Who is told of its end.
    pub callbacks: Vec<Callback>,
    /// Who asks for it.
    pub owner: Option<String>,
    /// How much that caller may have.
    pub limited: Option<Limited>,
}

/// Schedules a run under a new id and returns at once.
///
/// # Errors
/// As [`StartError`] says.
pub async fn start(emulator: &Emulator, spec: PlanSpec) -> Result<Emulation, StartError> {
    start_known(emulator, spec, Known::default()).await
}

/// The same for a run that is called something. What the same caller has asked for with the same key
/// within the last day is the run that was started then.
///
/// # Errors
/// As [`StartError`] says.
pub async fn start_known(
    emulator: &Emulator,
    spec: PlanSpec,
    known: Known,
) -> Result<Emulation, StartError> {
    let new = |_: &EmulationPlan| EmulationId::new(Uuid::new_v4());
    let convoy = Convoy::after(Vec::new());
    let Some(request) = known.request.clone() else {
        return start_as(emulator, spec, new, convoy, known).await;
    };
    // Held while the run is started: of two that come at once, the other finds it.
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
    let run = start_as(emulator, spec, new, convoy, known).await?;
    requests.insert(by, (run.created_at(), run.id()));
    Ok(run)
}

/// Schedules a run under the id that follows from its plan: repeated, it gives the same bytes under
/// the same names. Meant for one run a process.
///
/// # Errors
/// As [`StartError`] says.
pub async fn start_reproducibly(
    emulator: &Emulator,
    spec: PlanSpec,
) -> Result<Emulation, StartError> {
    let convoy = Convoy::after(Vec::new());
    start_as(
        emulator,
        spec,
        EmulationId::of_plan,
        convoy,
        Known::default(),
    )
    .await
}

/// The same for runs of one timeline. Each comes after the ones before it: after all records of those
/// of which there is a fixed number, and, if it waits for event times, after those records of the
/// others that happen before its own.
///
/// # Errors
/// As [`StartError`] says; if one of them cannot be, none begins.
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
        let convoy = Convoy::after(before.clone());
        let delivered = convoy.delivered.subscribe();
        let emulation = start_as(
            emulator,
            spec,
            EmulationId::of_plan,
            convoy,
            Known::default(),
        )
        .await?;
        before.push(Predecessor::new(&emulation, delivered));
        started.push(emulation);
    }
    Ok(started)
}

/// The plan of a run that could be started now, as far as can be seen without starting it.
///
/// # Errors
/// What is wrong with the request.
pub fn check(emulator: &Emulator, spec: PlanSpec) -> Result<EmulationPlan, StartError> {
    let plan = resolve(emulator, spec)?;
    emulator.inner.destination_rules.check(plan.destination())?;
    Ok(plan)
}

async fn start_as(
    emulator: &Emulator,
    spec: PlanSpec,
    id: impl FnOnce(&EmulationPlan) -> EmulationId,
    convoy: Convoy,
    known: Known,
) -> Result<Emulation, StartError> {
    let plan = check(emulator, spec)?;
    let id = id(&plan);
    let mut emulation = Emulation::new(id, plan, emulator.now())
        .tagged(known.tags)
        .telling(known.callbacks)
        .owned_by(known.owner);
    if let Some(request) = known.request {
        emulation = emulation.asked_with(request);
    }
    let reins = admit(emulator, &emulation, known.limited.as_ref())?;
    if let Err(error) = emulator.inner.repository.save(&emulation).await {
        emulator.inner.active().remove(&id);
        return Err(error.into());
    }
    runner::schedule(emulator, emulation.clone(), reins, convoy);
    Ok(emulation)
}

/// The plan, with as many workers as there are threads at most.
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

/// Takes a place among the runs, if there is one, and the caller may have it.
pub(crate) fn admit(
    emulator: &Emulator,
    run: &Emulation,
    limited: Option<&Limited>,
) -> Result<Reins, StartError> {
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
    let (handle, reins) = emulator.inner.reins(run);
    active.insert(run.id(), handle);
    Ok(reins)
}
