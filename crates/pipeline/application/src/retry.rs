//! Retries during outages.

use std::time::Duration;

use pipeline_ports::{PortError, PortErrorKind};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// Retries calls during an outage, for a bounded time.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    bound: Duration,
    /// When the current outage was noticed, if there is one.
    since: Option<Instant>,
}

impl RetryPolicy {
    /// Tolerates outages of at most `bound`.
    pub fn new(bound: Duration) -> Self {
        Self { bound, since: None }
    }

    /// Retries a call until it succeeds.
    ///
    /// # Errors
    /// With its last error, if a retry does not help or the outage lasts too long.
    pub async fn until_done<T>(
        &mut self,
        stop: &CancellationToken,
        call: impl AsyncFn() -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        loop {
            match call().await {
                Ok(done) => {
                    self.reset();
                    return Ok(done);
                }
                Err(error) => self.pause(error, stop).await?,
            }
        }
    }

    /// Ends the current outage, if there is one.
    pub(crate) fn reset(&mut self) {
        self.since = None;
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// With `error`, if a retry does not help, the outage lasts too long, or `stop` is cancelled.
    pub(crate) async fn pause(
        &mut self,
        error: PortError,
        stop: &CancellationToken,
    ) -> Result<(), PortError> {
        let since = *self.since.get_or_insert_with(Instant::now);
        if error.kind != PortErrorKind::Unreachable
            || since.elapsed() >= self.bound
            || stop.is_cancelled()
        {
            return Err(error);
        }
        warn!(%error, "retrying");
        let _ = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_waited_for_until_its_bound_and_a_refusal_not_at_all() {
        let stop = CancellationToken::new();
        let mut retry_policy = RetryPolicy::new(Duration::from_secs(5));
        for _ in 0..2 {
            for _ in 0..5 {
                let paused = retry_policy
                    .pause(PortError::unreachable("away"), &stop)
                    .await;
                paused.unwrap();
            }
            let over = retry_policy
                .pause(PortError::unreachable("away"), &stop)
                .await;
            assert_eq!(over.unwrap_err().message, "away");
            retry_policy.reset();
        }
        let refused = retry_policy.pause(PortError::refused("no"), &stop).await;
        assert!(refused.is_err());
        stop.cancel();
        let stopped = retry_policy
            .pause(PortError::unreachable("away"), &stop)
            .await;
        assert!(stopped.is_err());
    }
}
