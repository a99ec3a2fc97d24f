//! What is asked of a run while it is under way.
//!
//! Whoever asks sends it to the run itself, which alone changes what is remembered of it. A change of
//! the timeline has the pump halt between two batches; it goes on, with the plan as changed, when the
//! change is on record: whatever happens to the process then, no record comes with two times.

use emulator_domain::emulation::{ControlError, Emulation, Order};
use emulator_domain::plan::EmulationPlan;
use emulator_ports::RepositoryError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::StopSignals;
use super::pace::Pacer;
use crate::quota::Share;

/// Requests that may wait for a run; more wait before they are sent.
const QUEUE: usize = 16;

/// What the run did not do.
#[derive(Debug)]
pub(crate) enum Unsteered {
    Refused(ControlError),
    Repository(RepositoryError),
}

/// A change that somebody asks for, and where the run as it is then goes.
pub(crate) struct Asked {
    pub(crate) order: Order,
    pub(crate) answer: oneshot::Sender<Result<Emulation, Unsteered>>,
}

/// Everybody's end of what steers a run.
#[derive(Clone)]
pub(crate) struct RunHandle {
    pub(crate) cancel: CancellationToken,
    pub(crate) pause: CancellationToken,
    /// Closed when the run is under way no more, and what is remembered of it says so.
    pub(crate) orders: mpsc::Sender<Asked>,
    /// What it takes of its owner's quota.
    pub(crate) share: Share,
}

/// The run's own end.
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

/// Asks the pump to hand on no more batches.
pub(crate) struct Halt {
    /// Told when it stands.
    pub(crate) stands: oneshot::Sender<()>,
    /// The plan with which it goes on; without one it goes on as it did.
    pub(crate) go_on: oneshot::Receiver<EmulationPlan>,
}

/// A change that the pump stands for, or is about to; one of nothing but names needs no pump.
struct Halting {
    asked: Asked,
    pump: Option<(oneshot::Receiver<()>, oneshot::Sender<EmulationPlan>)>,
    is_standing: bool,
}

/// A change that was carried out or refused, and is to be told when it is on record.
pub(super) struct Obeyed {
    halting: Halting,
    refused: Option<ControlError>,
}

/// Takes the requests of a run whose pump is at work, one at a time.
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

    /// Returns when somebody has asked for something and the pump stands. May be dropped before.
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
                // The run is ending; whoever asked finds it at rest.
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
            // There is room for one, and the pump had gone on from the one before.
            if self.halt.try_send(halt).is_ok() {
                self.halting = Some(Halting {
                    asked,
                    pump: Some((stands, go_on)),
                    is_standing: false,
                });
            }
        }
    }

    /// Carries out what the pump stands for.
    pub(super) fn obey(&mut self, emulation: &mut Emulation) -> Option<Obeyed> {
        let halting = self.halting.take_if(|halting| halting.is_standing)?;
        // Whoever asked may have given up.
        let refused = match halting.asked.answer.is_closed() {
            true => None,
            false => emulation
                .obey(&halting.asked.order, self.pacer.time())
                .err(),
        };
        Some(Obeyed { halting, refused })
    }

    /// Lets the pump go on, and answers.
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
        // Whoever asked may have given up.
        let _ = halting.asked.answer.send(answer);
    }
}
