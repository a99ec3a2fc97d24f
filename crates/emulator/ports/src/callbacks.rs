//! Telling others how runs ended.

use async_trait::async_trait;
use emulator_domain::Timestamp;
use emulator_domain::emulation::{CallbackEvent, Emulation, Told};

/// Tells others how a run ended, over a way on which they can see who tells them.
#[async_trait]
pub trait Callbacks: Send + Sync {
    /// What to keep of the URL, if it may be called at all: its scheme and host for all to see, as
    /// those of a URL, and the rest for [`tell`](Self::tell) alone. The same URL gives the same text as
    /// long as the settings are the same. Asks nobody.
    ///
    /// # Errors
    /// A sentence for people: what is wrong with it and what is allowed. It does not repeat the URL,
    /// which may hold a secret.
    fn check(&self, url: &str) -> Result<String, String>;

    /// Tells of the event of a run that has ended, at `now`, whom [`check`](Self::check) gave, and waits
    /// for the answer, half a minute at most. The same event may be told again.
    async fn tell(&self, kept: &str, event: CallbackEvent, run: &Emulation, now: Timestamp)
    -> Told;
}
