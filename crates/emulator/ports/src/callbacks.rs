//! Notifies other systems of the end of runs.

use async_trait::async_trait;
use emulator_domain::Timestamp;
use emulator_domain::emulation::{CallbackEvent, CallbackOutcome, Emulation};

/// Notifies other systems of the end of a run, over a channel on which they can authenticate the
/// sender.
#[async_trait]
pub trait Callbacks: Send + Sync {
    /// Checks whether the URL may be called at all, and returns what to store of it: its scheme and
    /// host in plain text, as in a URL, and the rest in a form that only [`notify`](Self::notify) can
    /// read. The same URL gives the same text for as long as the settings are unchanged. Makes no
    /// network request.
    ///
    /// # Errors
    /// A message for the user: what is wrong with it and what is allowed. It does not repeat the
    /// URL, which may contain a secret.
    fn check(&self, url: &str) -> Result<String, String>;

    /// Sends the event of a run that has ended, at `now`, to the receiver for which
    /// [`check`](Self::check) returned `kept`, and waits up to half a minute for the response. The
    /// same event may be sent more than once.
    async fn notify(
        &self,
        kept: &str,
        event: CallbackEvent,
        run: &Emulation,
        now: Timestamp,
    ) -> CallbackOutcome;
}
