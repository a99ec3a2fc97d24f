//! Takes batches in order, waits for their time and hands them to the producer.

use std::sync::Arc;
use std::time::Duration;

use emulator_domain::emulation::{Emulation, Outcome};
use emulator_domain::plan::Pace;
use emulator_ports::{BatchEncoder, Destination, DestinationError, Producer, Run};
use rayon::ThreadPool;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::generation::{Generation, GenerationError};
use super::pace::Pacer;
use crate::Emulator;

/// Records in a batch, at most: some 300 kB, which stays in a core's own cache.
const BATCH_RECORDS: u64 = 1024;

/// A cancelled run has this long to flush what is in flight; a process is given 30 s to end.
const FLUSH_BOUND: Duration = Duration::from_secs(20);

/// One run in motion.
pub(crate) struct Pump {
    run: Run,
    destination: Option<Arc<dyn Destination>>,
    encoder: Arc<dyn BatchEncoder>,
    pool: Arc<ThreadPool>,
    pacer: Pacer,
    account: Arc<Account>,
    cancel: CancellationToken,
}

/// Why the pump stopped handing on batches.
enum Stop {
    /// The plan is done.
    Done,
    /// Somebody asked for it.
    Cancelled,
    /// A record failed; there is no use in sending more.
    RecordFailed(String),
}

#[derive(Debug, thiserror::Error)]
enum PumpError {
    #[error("{}", .0.chain())]
    Destination(#[from] DestinationError),
    #[error(transparent)]
    Generation(#[from] GenerationError),
}

impl Pump {
    pub(crate) fn new(
        emulator: &Emulator,
        emulation: &Emulation,
        account: Arc<Account>,
        cancel: CancellationToken,
    ) -> Self {
        let plan = emulation.plan().clone();
        let encoder = emulator.inner.encoders.encoder(emulation.id(), &plan);
        Self {
            destination: emulator.inner.destinations.get(&plan.sink()).cloned(),
            pacer: Pacer::new(&plan, emulator.now()),
            run: Run {
                id: emulation.id(),
                plan,
                from: emulation.checkpoint(),
                framing: encoder.framing(),
            },
            encoder,
            pool: emulator.inner.pool.clone(),
            account,
            cancel,
        }
    }

    /// Carries the run out.
    pub(crate) async fn run(self) -> Outcome {
        let Some(destination) = self.destination.clone() else {
            return Outcome::Failed(format!("{} is not configured here", self.run.plan.sink()));
        };
        let opened = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Outcome::Cancelled,
            opened = destination.open(&self.run, self.account.clone()) => opened,
        };
        let mut producer = match opened {
            Ok(producer) => producer,
            Err(error) => return Outcome::Failed(error.chain()),
        };
        match self.carry(producer.as_mut()).await {
            Ok(outcome) => outcome,
            // What made a record fail says more than what came of it.
            Err(error) => Outcome::Failed(self.account.why().unwrap_or_else(|| error.to_string())),
        }
    }

    async fn carry(&self, producer: &mut dyn Producer) -> Result<Outcome, PumpError> {
        match self.hand_on(producer).await? {
            Stop::Done => producer.finish().await?,
            Stop::RecordFailed(why) => return Ok(Outcome::Failed(why)),
            Stop::Cancelled => {
                return Ok(match timeout(FLUSH_BOUND, producer.finish()).await {
                    Ok(Ok(())) => Outcome::Cancelled,
                    Ok(Err(error)) => Outcome::Failed(error.chain()),
                    Err(_) => Outcome::Failed(format!(
                        "cancelled, and what was in flight was not acknowledged within {} s",
                        FLUSH_BOUND.as_secs()
                    )),
                });
            }
        }
        Ok(self
            .account
            .why()
            .map_or(Outcome::Completed, Outcome::Failed))
    }

    async fn hand_on(&self, producer: &mut dyn Producer) -> Result<Stop, PumpError> {
        let plan = &self.run.plan;
        let deadline = match plan.pace() {
            Pace::Unlimited => Some(Instant::now() + Duration::from_secs(plan.timeout())),
            Pace::Realtime => None,
        };
        let mut generation = Generation::start(
            self.encoder.clone(),
            self.pool.clone(),
            self.run.from.next_index..plan.end(),
            self.pacer.batch_records(BATCH_RECORDS),
            plan.workers().into(),
        );
        loop {
            let batch = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Ok(Stop::Cancelled),
                why = self.account.failure() => return Ok(Stop::RecordFailed(why)),
                () = until(deadline) => return Ok(Stop::Done),
                batch = generation.next() => batch?,
            };
            let Some(batch) = batch else {
                return Ok(Stop::Done);
            };
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Ok(Stop::Cancelled),
                () = self.pacer.wait_for(batch.range().end - 1) => {}
            }
            self.account.generated(&batch);
            if !self.send(producer, &batch).await? {
                return Ok(Stop::Cancelled);
            }
            generation.recycle(batch);
        }
    }

    /// Hands a batch over; `false` if the run is cancelled and the destination does not take the
    /// batch in the time that is left.
    async fn send(
        &self,
        producer: &mut dyn Producer,
        batch: &emulator_ports::Batch,
    ) -> Result<bool, PumpError> {
        let mut sending = producer.send(batch);
        tokio::select! {
            biased;
            sent = &mut sending => { sent?; return Ok(true); }
            () = self.cancel.cancelled() => {}
        }
        match timeout(FLUSH_BOUND, sending).await {
            Ok(sent) => {
                sent?;
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }
}

/// The moment, or never.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
