//! One run, from its first batch to the destination's last answer.
//!
//! ```text
//! generation (all cores) ─ batches in order ─▶ pump (the run's own thread) ─▶ producer
//!                                                 │ generated                    │ answers
//!                                                 ▼                              ▼
//!                                              account (ledger) ◀────────────────┘
//!                                                 │ every 100 ms
//!                                                 ▼
//!                                              repository
//! ```
//!
//! A run has a thread of its own, on which its pump and its producer may block; generation happens
//! on the threads that all runs share. The async runtime only carries uploads and timers.

mod account;
mod generation;
mod pace;
mod pump;
mod report;

use std::sync::Arc;

use emulator_domain::emulation::{Emulation, Outcome};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use self::account::Account;
use crate::Emulator;

/// Waits for a free place, carries the run out and remembers how it ended.
pub(crate) async fn supervise(
    emulator: Emulator,
    mut emulation: Emulation,
    cancel: CancellationToken,
) {
    let id = emulation.id();
    let span = tracing::info_span!("emulation.run", emulation_id = %id);
    async {
        let account = Arc::new(Account::new(emulation.checkpoint()));
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => Outcome::Cancelled,
            slot = emulator.inner.slots.acquire() => match slot {
                Ok(_slot) => carry_out(&emulator, &mut emulation, &account, &cancel).await,
                Err(closed) => Outcome::Failed(closed.to_string()),
            },
        };
        report::finish(&emulator, emulation, &account, outcome).await;
    }
    .instrument(span)
    .await;
    emulator.inner.active().remove(&id);
}

async fn carry_out(
    emulator: &Emulator,
    emulation: &mut Emulation,
    account: &Arc<Account>,
    cancel: &CancellationToken,
) -> Outcome {
    if let Err(ended) = emulation.start(emulator.now()) {
        return Outcome::Failed(ended.to_string());
    }
    let plan = emulation.plan();
    tracing::info!(
        domain = %plan.domain(), sink = %plan.sink(), destination = plan.destination(),
        format = %plan.format(), seed = plan.seed().get(), planned = plan.planned(),
        from = emulation.checkpoint().next_index,
        "emulation started"
    );
    let (done, outcome) = oneshot::channel();
    let pump = pump::Pump::new(emulator, emulation, account.clone(), cancel.clone());
    let runtime = emulator.inner.runtime.clone();
    let span = tracing::Span::current();
    let thread = std::thread::Builder::new()
        .name("emulation".to_owned())
        .spawn(move || {
            // Nobody waits for the outcome only if the process is ending.
            let _ = done.send(runtime.block_on(pump.run().instrument(span)));
        });
    if let Err(error) = thread {
        return Outcome::Failed(format!("the machine gives no thread for the run: {error}"));
    }
    report::until_ended(emulator, emulation, account, outcome).await
}
