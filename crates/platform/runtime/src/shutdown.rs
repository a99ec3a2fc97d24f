//! Shutdown: signals, and a bounded wait for what is still running.

use std::io;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long a service may take to stop.
pub const BOUND: Duration = Duration::from_secs(30);

/// A repetition of the first signal within this time counts as the same: a terminal and a wrapper
/// such as GNU `timeout` each forward it.
const REPEATED: Duration = Duration::from_secs(1);

/// A signal that ends the process, and the exit code if it ends it at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EndSignal {
    name: &'static str,
    code: i32,
}

const INTERRUPT: EndSignal = EndSignal {
    name: "SIGINT",
    code: 130,
};
const TERMINATE: EndSignal = EndSignal {
    name: "SIGTERM",
    code: 143,
};
/// The terminal was closed.
const HANG_UP: EndSignal = EndSignal {
    name: "SIGHUP",
    code: 129,
};

/// Handles SIGINT, SIGTERM and SIGHUP from here on. The first signal cancels the returned token;
/// the next ends the process at once, with exit code 130, 143 or 129. A repetition of the first
/// within a second is ignored.
///
/// # Errors
/// If the operating system refuses the handlers.
pub fn on_signals() -> io::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let token = CancellationToken::new();
    let stop = token.clone();
    let mut next = async move || {
        tokio::select! {
            _ = interrupt.recv() => INTERRUPT,
            _ = terminate.recv() => TERMINATE,
            _ = hang_up.recv() => HANG_UP,
        }
    };
    tokio::spawn(async move {
        let first = next().await;
        info!(
            signal = first.name,
            "stopping; another signal ends the process at once"
        );
        stop.cancel();
        let second = another(first, next).await;
        warn!(signal = second.name, "another signal: ending at once");
        std::process::exit(second.code);
    });
    Ok(token)
}

/// Waits for a signal that is not a repetition of the first.
async fn another(first: EndSignal, mut next: impl AsyncFnMut() -> EndSignal) -> EndSignal {
    let since = Instant::now();
    loop {
        let signal = next().await;
        if signal != first || since.elapsed() > REPEATED {
            return signal;
        }
    }
}

/// Some parts of a service did not stop in time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("still running after {} s: {}", bound.as_secs(), names.join(", "))]
pub struct StillRunning {
    /// How long they were waited for.
    pub bound: Duration,
    /// The parts still running.
    pub names: Vec<&'static str>,
}

/// Waits for all parts concurrently, for at most `bound`.
///
/// # Errors
/// The names of the parts that did not stop; their futures are dropped.
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
    async fn the_same_signal_within_a_second_counts_once() {
        for (arrivals, ended_by, after) in [
            (vec![(400, TERMINATE), (700, TERMINATE)], TERMINATE, 1100),
            (vec![(10, TERMINATE), (10, INTERRUPT)], INTERRUPT, 20),
            (vec![(1500, TERMINATE)], TERMINATE, 1500),
            (vec![(1, HANG_UP)], HANG_UP, 1),
        ] {
            let begun = Instant::now();
            let mut arrivals = arrivals.into_iter();
            let next = async || {
                let (after, signal) = arrivals.next().expect("it has ended before");
                tokio::time::sleep(Duration::from_millis(after)).await;
                signal
            };
            assert_eq!(another(TERMINATE, next).await, ended_by);
            assert_eq!(begun.elapsed(), Duration::from_millis(after));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_is_bounded_and_names_what_still_runs() {
        let part = |seconds| tokio::time::sleep(Duration::from_secs(seconds)).boxed();
        let parts = || vec![("http", part(1)), ("runs", part(40)), ("uploads", part(29))];
        let still = wind_up(BOUND, parts()).await.unwrap_err();
        assert_eq!(still.to_string(), "still running after 30 s: runs");
        assert_eq!(wind_up(Duration::from_secs(41), parts()).await, Ok(()));
    }
}
