//! What stops a run before its plan is done.

use tokio_util::sync::CancellationToken;

/// The ways to stop a run from outside.
#[derive(Clone)]
pub(crate) struct StopSignals {
    /// The run is cancelled.
    pub(crate) cancel: CancellationToken,
    /// The run is paused, to be resumed later.
    pub(crate) pause: CancellationToken,
    /// The process is shutting down, and another is to continue the run.
    pub(crate) interrupt: CancellationToken,
}

/// Which stop signal was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    Cancel,
    Pause,
    Interrupt,
}

impl StopSignals {
    /// Resolves when a signal was given. Cancelling takes precedence.
    pub(crate) async fn signalled(&self) -> StopReason {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => StopReason::Cancel,
            () = self.pause.cancelled() => StopReason::Pause,
            () = self.interrupt.cancelled() => StopReason::Interrupt,
        }
    }

    /// Resolves when the run will not continue in this process, even if it is paused.
    pub(crate) async fn ended(&self) {
        tokio::select! {
            () = self.cancel.cancelled() => {}
            () = self.interrupt.cancelled() => {}
        }
    }
}
