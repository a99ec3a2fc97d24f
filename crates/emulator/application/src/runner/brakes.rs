//! What stops a run before its plan is done.

use tokio_util::sync::CancellationToken;

/// The two ways of stopping a run from outside.
#[derive(Clone)]
pub(crate) struct Brakes {
    /// Somebody does not want the run any more.
    pub(crate) cancel: CancellationToken,
    /// The process is about to end, and another is to carry the run on.
    pub(crate) interrupt: CancellationToken,
}

/// Which brake was pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pulled {
    Cancel,
    Interrupt,
}

impl Brakes {
    /// Resolves when one was pulled. Whoever cancelled is heeded first.
    pub(crate) async fn pulled(&self) -> Pulled {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Pulled::Cancel,
            () = self.interrupt.cancelled() => Pulled::Interrupt,
        }
    }
}
