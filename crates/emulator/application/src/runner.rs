//! One run, from its first batch to the last acknowledgement.
//!
//! ```text
//! generation (all cores) ─ batches in order ─▶ pump (the run's own thread) ─▶ producer
//!                                                 │ generated                    │ answers
//!                                                 ▼                              ▼
//!                                              account (ledger) ◀────────────────┘
//!                                                 │ every 100 ms
//!                                                 ▼
//!                                              repository, which opens the pump's window
//! ```
//!
//! Each run has its own thread, on which its pump and its producer may block. Records are generated
//! on the threads that all runs share. The async runtime handles only uploads and timers.

mod control;
mod delivery_tracker;
mod generation;
mod location;
mod message_schema;
mod pace;
mod pump;
mod replay_window;
mod report;
mod resumed;
mod run_sequence;
mod stop_signals;
mod worker_states;

use std::future::ready;
use std::sync::Arc;

use emulator_domain::emulation::{Emulation, Outcome, RunFailure};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tracing::Instrument;

use self::delivery_tracker::{DeliveryTracker, Measured};
use self::stop_signals::StopReason;
use crate::{Emulator, callbacks};

pub(crate) use self::control::{ChangeError, ChangeRequest, RunControl, RunHandle};
pub(crate) use self::message_schema::{is_json, subject};
pub(crate) use self::run_sequence::{Predecessor, RunSequence};
pub(crate) use self::stop_signals::StopSignals;

/// How this process finished its part of a run.
enum Ending {
    /// The run has ended.
    Ended(Outcome),
    /// The run is paused, to be resumed on request.
    Paused,
    /// Another process is to continue the run.
    Interrupted,
}

type WaitForSlot = BoxFuture<'static, Result<OwnedSemaphorePermit, Ending>>;

impl From<StopReason> for Ending {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::Cancel => Self::Ended(Outcome::Cancelled),
            StopReason::Pause => Self::Paused,
            StopReason::Interrupt => Self::Interrupted,
        }
    }
}

impl Ending {
    fn failed(why: impl Into<RunFailure>) -> Self {
        Self::Ended(Outcome::Failed(why.into()))
    }

    /// A failure of the emulator itself.
    fn broken(why: impl ToString) -> Self {
        Self::failed(RunFailure::internal(why.to_string()))
    }
}

/// Queues the run on the main runtime, behind its predecessors in the sequence.
pub(crate) fn schedule(
    emulator: &Emulator,
    emulation: Emulation,
    control: RunControl,
    sequence: RunSequence,
) {
    let cause = tracing::Span::current();
    let sequence = Arc::new(sequence);
    let mut waiting = wait_for_slot(emulator.clone(), sequence.clone()).boxed();
    // The first poll takes a place in the queue, so that runs begin in the order in which they are
    // scheduled; the runtime polls new tasks in any order.
    if let Some(slot) = (&mut waiting).now_or_never() {
        waiting = ready(slot).boxed();
    }
    let run = supervise(
        emulator.clone(),
        emulation,
        control,
        waiting,
        sequence,
        cause,
    );
    emulator
        .inner
        .tracker
        .spawn_on(run, &emulator.inner.runtime);
}

/// Waits for a slot, carries the run out and records how it ended.
async fn supervise(
    emulator: Emulator,
    mut emulation: Emulation,
    mut control: RunControl,
    waiting: WaitForSlot,
    sequence: Arc<RunSequence>,
    cause: tracing::Span,
) {
    let id = emulation.id();
    let span = tracing::info_span!("emulation.run", emulation_id = %id);
    // Not a child span of the request, which is answered long before the run ends.
    span.follows_from(cause.id());
    drop(cause);
    let ended = async {
        let slot = acquire_slot(&emulator, &mut emulation, &mut control, waiting).await;
        if let Err(Ending::Interrupted) = slot {
            return None;
        }
        let (before, slot) = match resumed::before(&emulator, &emulation).await {
            Ok(before) => (before, slot),
            Err(why) => (Measured::default(), Err(Ending::broken(why))),
        };
        let account = Arc::new(DeliveryTracker::new(&emulation, before, sequence));
        let ending = match slot {
            Ok(_slot) => carry_out(&emulator, &mut emulation, &account, &mut control).await,
            Err(ending) => ending,
        };
        match ending {
            Ending::Ended(outcome) => {
                return Some(report::finish(&emulator, emulation, &account, outcome).await);
            }
            Ending::Paused => report::pause(&emulator, emulation, &account).await,
            Ending::Interrupted => report::leave(&emulator, emulation, &account).await,
        }
        None
    }
    .instrument(span)
    .await;
    emulator.inner.active().remove(&id);
    // Dropping the control wakes everyone who waits for the run to come to rest.
    drop(control);
    if let Some(run) = ended {
        callbacks::enqueue(&emulator, &run);
    }
}

/// Waits for a slot, unless the run is stopped first; serves requests to the run meanwhile.
async fn acquire_slot(
    emulator: &Emulator,
    emulation: &mut Emulation,
    control: &mut RunControl,
    mut waiting: WaitForSlot,
) -> Result<OwnedSemaphorePermit, Ending> {
    loop {
        tokio::select! {
            biased;
            reason = control.stop_signals.signalled() => return Err(reason.into()),
            Some(request) = control.requests.recv() => {
                apply_change(emulator, emulation, request).await;
            }
            slot = &mut waiting => return slot,
        }
    }
}

/// Carries out a request to a run that is waiting for a slot.
async fn apply_change(emulator: &Emulator, emulation: &mut Emulation, request: ChangeRequest) {
    if request.answer.is_closed() {
        return;
    }
    let answer = match emulation.obey(&request.order, emulator.now()) {
        Err(refused) => Err(ChangeError::Refused(refused)),
        Ok(()) => match report::save(emulator, emulation).await {
            Err(error) => Err(ChangeError::Repository(error)),
            Ok(()) => Ok(emulation.clone()),
        },
    };
    // The requester may have given up.
    let _ = request.answer.send(answer);
}

/// Waits for the runs that must end before this one can begin, then for a slot.
async fn wait_for_slot(
    emulator: Emulator,
    sequence: Arc<RunSequence>,
) -> Result<OwnedSemaphorePermit, Ending> {
    sequence.wait_to_start().await.map_err(Ending::failed)?;
    let slot = emulator.inner.slots.clone().acquire_owned().await;
    slot.map_err(Ending::broken)
}

async fn carry_out(
    emulator: &Emulator,
    emulation: &mut Emulation,
    account: &Arc<DeliveryTracker>,
    RunControl {
        stop_signals,
        requests,
    }: &mut RunControl,
) -> Ending {
    let workers = emulator.inner.workers_of_a_run();
    if let Err(ended) = emulation.start(emulator.now(), workers) {
        return Ending::broken(ended);
    }
    let schemas = match message_schema::register(emulator, emulation, stop_signals).await {
        Ok(schemas) => schemas,
        Err(ending) => return ending,
    };
    let destination = match location::settle(emulator, emulation, schemas, stop_signals).await {
        Ok(destination) => destination,
        Err(ending) => return ending,
    };
    let plan = emulation.plan();
    tracing::info!(
        domain = %plan.dataset(), sink = %plan.sink(), destination = plan.destination(),
        format = %plan.format(), seed = plan.seed().get(), planned = plan.planned(),
        from = emulation.checkpoint().next_index,
        "emulation started"
    );
    let (done, ending) = oneshot::channel();
    let pacer = pace::Pacer::new(emulation, emulator.now());
    let pump = pump::Pump::new(
        emulator,
        emulation,
        destination,
        schemas,
        pacer.clone(),
        account.clone(),
        stop_signals.clone(),
    );
    let (halt, halts) = mpsc::channel(1);
    let runtime = emulator.inner.runtime.clone();
    let span = tracing::Span::current();
    let thread = std::thread::Builder::new()
        .name("emulation".to_owned())
        .spawn(move || {
            // The receiver is gone only if the process is shutting down.
            let _ = done.send(runtime.block_on(pump.run(halts).instrument(span)));
        });
    if let Err(error) = thread {
        return Ending::broken(format!("the machine gives no thread for the run: {error}"));
    }
    let changes = control::ChangeHandler::new(requests, halt, pacer);
    report::until_ended(emulator, emulation, changes, account, ending).await
}
