//! What stops a run before its plan is done.

use tokio_util::sync::CancellationToken;

/// The ways of stopping a run from outside.
#[derive(Clone)]
pub(crate) struct StopSignals {
    /// Somebody does not want the run any more.
    pub(crate) cancel: CancellationToken,
    /// Somebody holds the run, and it is to go on later.
    pub(crate) pause: CancellationToken,
    /// The process is about to end, and another is to carry the run on.
    pub(crate) interrupt: CancellationToken,
}

/// Which brake was pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    Cancel,
    Pause,
    Interrupt,
}

impl StopSignals {
    /// Resolves when one was pulled. Whoever cancelled is heeded first.
    pub(crate) async fn pulled(&self) -> StopReason {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => StopReason::Cancel,
            () = self.pause.cancelled() => StopReason::Pause,
            () = self.interrupt.cancelled() => StopReason::Interrupt,
        }
    }

    /// Resolves when the run does not go on in this process, paused or not.
    pub(crate) async fn over(&self) {
        tokio::select! {
            () = self.cancel.cancelled() => {}
            () = self.interrupt.cancelled() => {}
        }
    }
}
