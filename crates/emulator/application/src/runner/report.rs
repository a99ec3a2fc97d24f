//! Tells the repository, the log and the metrics how far a run is.

use std::sync::Arc;
use std::time::Duration;

use emulator_domain::delivery::Counts;
use emulator_domain::emulation::{Emulation, Outcome};
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};

use super::account::Account;
use super::pace::Pacer;
use crate::Emulator;

/// A status is at most this old.
const INTERVAL: Duration = Duration::from_millis(100);

/// Reports until the pump has ended, and tells how.
pub(crate) async fn until_ended(
    emulator: &Emulator,
    emulation: &mut Emulation,
    account: &Arc<Account>,
    mut outcome: oneshot::Receiver<Outcome>,
) -> Outcome {
    let pacer = Pacer::new(emulation.plan(), emulator.now());
    let mut before = account.read().0;
    let mut tick = interval(INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let ended = tokio::select! {
            biased;
            ended = &mut outcome => Some(ended),
            _ = tick.tick() => None,
        };
        let (counts, checkpoint) = account.read();
        measure(emulation, &before, &counts);
        before = counts;
        if let Some(ended) = ended {
            return ended.unwrap_or_else(|_| {
                Outcome::Failed("the run's thread panicked; the log says why".to_owned())
            });
        }
        let lag = if counts.generated < emulation.plan().end() {
            pacer.lag(counts.generated)
        } else {
            0.0
        };
        // A run in motion has not ended, so its life cycle takes the progress.
        let _ = emulation.progress(counts, checkpoint, lag);
        save(emulator, emulation).await;
    }
}

/// Settles the account and remembers how the run ended.
pub(crate) async fn finish(
    emulator: &Emulator,
    mut emulation: Emulation,
    account: &Account,
    outcome: Outcome,
) {
    let (in_flight, _) = account.read();
    if in_flight.in_flight() > 0 {
        account.abandon();
    }
    let (counts, checkpoint) = account.read();
    measure(&emulation, &in_flight, &counts);
    let ended = emulation
        .progress(counts, checkpoint, 0.0)
        .and_then(|()| emulation.finish(outcome, emulator.now()))
        .or_else(|error| emulation.finish(Outcome::Failed(error.to_string()), emulator.now()));
    if let Err(error) = ended {
        tracing::error!(%error, "the run ended twice");
    }
    save(emulator, &emulation).await;
    metrics::counter!("emulator_runs_total", "status" => emulation.status().name()).increment(1);
    tracing::info!(
        status = %emulation.status(), generated = counts.generated,
        acknowledged = counts.acknowledged, failed = counts.failed, bytes = counts.bytes,
        error = emulation.error(), "emulation ended"
    );
}

async fn save(emulator: &Emulator, emulation: &Emulation) {
    if let Err(error) = emulator.inner.repository.save(emulation).await {
        tracing::error!(%error, "the run's progress is not remembered");
    }
}

/// Adds to the metrics what happened between two readings.
fn measure(emulation: &Emulation, before: &Counts, now: &Counts) {
    let plan = emulation.plan();
    let labels = [
        ("sink", plan.sink().name()),
        ("domain", plan.domain().name()),
    ];
    for (name, before, now) in [
        (
            "emulator_records_generated_total",
            before.generated,
            now.generated,
        ),
        (
            "emulator_records_acknowledged_total",
            before.acknowledged,
            now.acknowledged,
        ),
        ("emulator_records_failed_total", before.failed, now.failed),
        ("emulator_bytes_total", before.bytes, now.bytes),
    ] {
        metrics::counter!(name, &labels).increment(now - before);
    }
    metrics::gauge!("emulator_records_in_flight", &labels)
        .increment(now.in_flight() as f64 - before.in_flight() as f64);
}
