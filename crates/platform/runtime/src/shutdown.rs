//! The end of a process: the signals, and the bounded wait for what still runs.

use std::io;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long a service may wind up after it was told to stop.
pub const BOUND: Duration = Duration::from_secs(30);

/// Owns SIGINT and SIGTERM from here on: the first of either cancels the token that it gives, the
/// second ends the process at once, with exit code 130 or 143.
///
/// # Errors
/// If the operating system refuses the handlers.
pub fn on_signals() -> io::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let token = CancellationToken::new();
    let stop = token.clone();
    tokio::spawn(async move {
        let (name, _) = next(&mut interrupt, &mut terminate).await;
        info!(
            signal = name,
            "stopping; a second signal ends the process at once"
        );
        stop.cancel();
        let (name, code) = next(&mut interrupt, &mut terminate).await;
        warn!(signal = name, "second signal: ending at once");
        std::process::exit(code);
    });
    Ok(token)
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> (&'static str, i32) {
    tokio::select! {
        _ = interrupt.recv() => ("SIGINT", 130),
        _ = terminate.recv() => ("SIGTERM", 143),
    }
}

/// Some parts of a service did not end in time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("after {} s these still run: {}", bound.as_secs(), names.join(", "))]
pub struct StillRunning {
    /// How long was waited.
    pub bound: Duration,
    /// What still runs.
    pub names: Vec<&'static str>,
}

/// Waits for all parts at the same time, for `bound` at most.
///
/// # Errors
/// Names the parts that did not end; their futures are dropped.
pub async fn wind_up(
    bound: Duration,
    parts: Vec<(&'static str, BoxFuture<'_, ()>)>,
) -> Result<(), StillRunning> {
    let mut running: Vec<&'static str> = parts.iter().map(|(name, _)| *name).collect();
    let mut ends: FuturesUnordered<_> = parts
        .into_iter()
        .map(|(name, part)| part.map(move |()| name))
        .collect();
    let all = async {
        while let Some(ended) = ends.next().await {
            running.retain(|name| *name != ended);
        }
    };
    match tokio::time::timeout(bound, all).await {
        Ok(()) => Ok(()),
        Err(_) => Err(StillRunning {
            bound,
            names: running,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_wait_is_bounded_and_names_what_still_runs() {
        let part = |seconds| tokio::time::sleep(Duration::from_secs(seconds)).boxed();
        let parts = || vec![("http", part(1)), ("runs", part(40)), ("uploads", part(29))];
        let still = wind_up(BOUND, parts()).await.unwrap_err();
        assert_eq!(still.to_string(), "after 30 s these still run: runs");
        assert_eq!(wind_up(Duration::from_secs(41), parts()).await, Ok(()));
    }
}
