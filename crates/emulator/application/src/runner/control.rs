//! Requests to a run under way.
//!
//! A request is sent to the run itself, which alone changes its stored state. For a change of the
//! timeline the pump halts between two batches. It continues with the changed plan only when the
//! change is saved, so that no record is delivered with two different times, whatever happens to
//! the process.

use emulator_domain::emulation::{ControlError, Emulation, Order};
use emulator_domain::plan::EmulationPlan;
use emulator_ports::RepositoryError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::StopSignals;
use super::pace::Pacer;
use crate::quota::Share;

/// Requests that may be queued for a run; senders of further ones wait.
const QUEUE: usize = 16;

/// Why the run did not carry out a request.
#[derive(Debug)]
pub(crate) enum ChangeError {
    Refused(ControlError),
    Repository(RepositoryError),
}

/// A requested change, and where to send the run's new state.
pub(crate) struct ChangeRequest {
    pub(crate) order: Order,
    pub(crate) answer: oneshot::Sender<Result<Emulation, ChangeError>>,
}

/// The handle with which others control a run.
#[derive(Clone)]
pub(crate) struct RunHandle {
    pub(crate) cancel: CancellationToken,
    pub(crate) pause: CancellationToken,
    /// Closed when the run is no longer under way and its stored state says so.
    pub(crate) requests: mpsc::Sender<ChangeRequest>,
    /// What the run counts against its owner's quota.
    pub(crate) share: Share,
}

/// The run's own end of the handle.
pub(crate) struct RunControl {
    pub(crate) stop_signals: StopSignals,
    pub(crate) requests: mpsc::Receiver<ChangeRequest>,
}

impl RunHandle {
    pub(crate) fn new(stop_signals: StopSignals, share: Share) -> (Self, RunControl) {
        let (sender, requests) = mpsc::channel(QUEUE);
        let handle = Self {
            cancel: stop_signals.cancel.clone(),
            pause: stop_signals.pause.clone(),
            requests: sender,
            share,
        };
        let control = RunControl {
            stop_signals,
            requests,
        };
        (handle, control)
    }
}

/// Asks the pump to stop handing on batches.
pub(crate) struct HaltRequest {
    /// Receives a message once the pump has halted.
    pub(crate) halted: oneshot::Sender<()>,
    /// The plan to continue with; if dropped, the pump continues with its old one.
    pub(crate) changed_plan: oneshot::Receiver<EmulationPlan>,
}

/// A change for which the pump has halted or is about to; a change of tags alone needs no halt.
struct PendingChange {
    request: ChangeRequest,
    pump: Option<(oneshot::Receiver<()>, oneshot::Sender<EmulationPlan>)>,
    is_halted: bool,
}

/// A change that was applied or refused, to be answered when it is saved.
pub(super) struct HandledChange {
    pending: PendingChange,
    refused: Option<ControlError>,
}

/// Handles the requests to a run whose pump is active, one at a time.
pub(super) struct ChangeHandler<'r> {
    requests: &'r mut mpsc::Receiver<ChangeRequest>,
    halt: mpsc::Sender<HaltRequest>,
    pending: Option<PendingChange>,
    pub(super) pacer: Pacer,
}

impl<'r> ChangeHandler<'r> {
    pub(super) fn new(
        requests: &'r mut mpsc::Receiver<ChangeRequest>,
        halt: mpsc::Sender<HaltRequest>,
        pacer: Pacer,
    ) -> Self {
        Self {
            requests,
            halt,
            pending: None,
            pacer,
        }
    }

    /// Returns when there is a request and the pump has halted. Cancellation-safe.
    pub(super) async fn ready(&mut self) {
        loop {
            if let Some(pending) = &mut self.pending {
                let halted = match &mut pending.pump {
                    Some((halted, _)) => halted.await.is_ok(),
                    None => true,
                };
                if halted {
                    pending.is_halted = true;
                    return;
                }
                // The run is ending; the requester will find it at rest.
                self.pending = None;
            }
            let Some(request) = self.requests.recv().await else {
                return std::future::pending().await;
            };
            if request.order.change.is_none() {
                self.pending = Some(PendingChange {
                    request,
                    pump: None,
                    is_halted: false,
                });
                continue;
            }
            let (confirm, halted) = oneshot::channel();
            let (resume, changed_plan) = oneshot::channel();
            let halt = HaltRequest {
                halted: confirm,
                changed_plan,
            };
            // The channel holds one halt, and the pump has finished the previous one.
            if self.halt.try_send(halt).is_ok() {
                self.pending = Some(PendingChange {
                    request,
                    pump: Some((halted, resume)),
                    is_halted: false,
                });
            }
        }
    }

    /// Applies the change for which the pump has halted.
    pub(super) fn apply(&mut self, emulation: &mut Emulation) -> Option<HandledChange> {
        let pending = self.pending.take_if(|pending| pending.is_halted)?;
        // The requester may have given up.
        let refused = match pending.request.answer.is_closed() {
            true => None,
            false => emulation
                .obey(&pending.request.order, self.pacer.time())
                .err(),
        };
        Some(HandledChange { pending, refused })
    }

    /// Lets the pump continue, and answers.
    pub(super) fn answer(
        &mut self,
        handled: HandledChange,
        emulation: &Emulation,
        saved: Result<(), RepositoryError>,
    ) {
        let HandledChange { pending, refused } = handled;
        let answer = match (refused, saved) {
            (_, Err(error)) => Err(ChangeError::Repository(error)),
            (Some(refused), Ok(())) => Err(ChangeError::Refused(refused)),
            (None, Ok(())) => {
                self.pacer = self.pacer.with_plan(emulation.plan());
                // The pump may be ending for another reason.
                if let Some((_, resume)) = pending.pump {
                    let _ = resume.send(emulation.plan().clone());
                }
                Ok(emulation.clone())
            }
        };
        // The requester may have given up.
        let _ = pending.request.answer.send(answer);
    }
}
