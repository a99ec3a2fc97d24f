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
pub(crate) enum Unsteered {
    Refused(ControlError),
    Repository(RepositoryError),
}

/// A requested change, and where to send the run's new state.
pub(crate) struct Asked {
    pub(crate) order: Order,
    pub(crate) answer: oneshot::Sender<Result<Emulation, Unsteered>>,
}

/// The handle with which others control a run.
#[derive(Clone)]
pub(crate) struct RunHandle {
    pub(crate) cancel: CancellationToken,
    pub(crate) pause: CancellationToken,
    /// Closed when the run is no longer under way and its stored state says so.
    pub(crate) orders: mpsc::Sender<Asked>,
    /// What the run counts against its owner's quota.
    pub(crate) share: Share,
}

/// The run's own end of the handle.
pub(crate) struct Reins {
    pub(crate) stop_signals: StopSignals,
    pub(crate) orders: mpsc::Receiver<Asked>,
}

impl RunHandle {
    pub(crate) fn new(stop_signals: StopSignals, share: Share) -> (Self, Reins) {
        let (sender, orders) = mpsc::channel(QUEUE);
        let handle = Self {
            cancel: stop_signals.cancel.clone(),
            pause: stop_signals.pause.clone(),
            orders: sender,
            share,
        };
        let reins = Reins {
            stop_signals,
            orders,
        };
        (handle, reins)
    }
}

/// Asks the pump to stop handing on batches.
pub(crate) struct Halt {
    /// Receives a message once the pump has halted.
    pub(crate) stands: oneshot::Sender<()>,
    /// The plan to continue with; if dropped, the pump continues with its old one.
    pub(crate) go_on: oneshot::Receiver<EmulationPlan>,
}

/// A change for which the pump has halted or is about to; a change of tags alone needs no halt.
struct Halting {
    asked: Asked,
    pump: Option<(oneshot::Receiver<()>, oneshot::Sender<EmulationPlan>)>,
    is_standing: bool,
}

/// A change that was applied or refused, to be answered when it is saved.
pub(super) struct Obeyed {
    halting: Halting,
    refused: Option<ControlError>,
}

/// Handles the requests to a run whose pump is active, one at a time.
pub(super) struct Steering<'r> {
    orders: &'r mut mpsc::Receiver<Asked>,
    halt: mpsc::Sender<Halt>,
    halting: Option<Halting>,
    pub(super) pacer: Pacer,
}

impl<'r> Steering<'r> {
    pub(super) fn new(
        orders: &'r mut mpsc::Receiver<Asked>,
        halt: mpsc::Sender<Halt>,
        pacer: Pacer,
    ) -> Self {
        Self {
            orders,
            halt,
            halting: None,
            pacer,
        }
    }

    /// Returns when there is a request and the pump has halted. Cancellation-safe.
    pub(super) async fn stands(&mut self) {
        loop {
            if let Some(halting) = &mut self.halting {
                let stands = match &mut halting.pump {
                    Some((stands, _)) => stands.await.is_ok(),
                    None => true,
                };
                if stands {
                    halting.is_standing = true;
                    return;
                }
                // The run is ending; the requester will find it at rest.
                self.halting = None;
            }
            let Some(asked) = self.orders.recv().await else {
                return std::future::pending().await;
            };
            if asked.order.change.is_none() {
                self.halting = Some(Halting {
                    asked,
                    pump: None,
                    is_standing: false,
                });
                continue;
            }
            let (said, stands) = oneshot::channel();
            let (go_on, going) = oneshot::channel();
            let halt = Halt {
                stands: said,
                go_on: going,
            };
            // The channel holds one halt, and the pump has finished the previous one.
            if self.halt.try_send(halt).is_ok() {
                self.halting = Some(Halting {
                    asked,
                    pump: Some((stands, go_on)),
                    is_standing: false,
                });
            }
        }
    }

    /// Applies the change for which the pump has halted.
    pub(super) fn obey(&mut self, emulation: &mut Emulation) -> Option<Obeyed> {
        let halting = self.halting.take_if(|halting| halting.is_standing)?;
        // The requester may have given up.
        let refused = match halting.asked.answer.is_closed() {
            true => None,
            false => emulation
                .obey(&halting.asked.order, self.pacer.time())
                .err(),
        };
        Some(Obeyed { halting, refused })
    }

    /// Lets the pump continue, and answers.
    pub(super) fn go_on(
        &mut self,
        obeyed: Obeyed,
        emulation: &Emulation,
        saved: Result<(), RepositoryError>,
    ) {
        let Obeyed { halting, refused } = obeyed;
        let answer = match (refused, saved) {
            (_, Err(error)) => Err(Unsteered::Repository(error)),
            (Some(refused), Ok(())) => Err(Unsteered::Refused(refused)),
            (None, Ok(())) => {
                self.pacer = self.pacer.following(emulation.plan());
                // The pump may be ending for another reason.
                if let Some((_, go_on)) = halting.pump {
                    let _ = go_on.send(emulation.plan().clone());
                }
                Ok(emulation.clone())
            }
        };
        // The requester may have given up.
        let _ = halting.asked.answer.send(answer);
    }
}
