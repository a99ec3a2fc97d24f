//! Takes batches in order, waits until they are due and hands them to the producer.

use std::sync::Arc;
use std::time::Duration;

use emulator_domain::emulation::{Emulation, FailureKind, Outcome, RunFailure};
use emulator_domain::plan::{EmulationPlan, Grouping, Medium, Pace};
use emulator_ports::{Batch, BatchEncoder, Destination, Encoders, Producer, Run, SchemaIds};
use rayon::ThreadPool;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::Ending;
use super::control::HaltRequest;
use super::delivery_tracker::DeliveryTracker;
use super::generation::{BatchEnd, Generation};
use super::pace::Pacer;
use super::stop_signals::{StopReason, StopSignals};
use crate::{Emulator, metrics, object_layout};

/// The most records in a batch: about 600 kB, which fits a core's private cache. Smaller batches
/// cost more hand-overs, larger ones more memory per run.
pub(crate) const BATCH_RECORDS: u64 = 2048;

/// How long a stopped run may take to flush what is in flight. A process has 30 s to end.
const FLUSH_BOUND: Duration = Duration::from_secs(20);

/// One run in progress.
pub(crate) struct Pump {
    run: Run,
    destination: Arc<dyn Destination>,
    encoders: Arc<dyn Encoders>,
    schemas: SchemaIds,
    encoder: Arc<dyn BatchEncoder>,
    /// Records per batch, if the format requires a certain number.
    batch_records: Option<u64>,
    pool: Arc<ThreadPool>,
    workers: usize,
    pacer: Pacer,
    /// What remains of the timeout of an unlimited run.
    left: Option<Duration>,
    account: Arc<DeliveryTracker>,
    stop_signals: StopSignals,
}

/// Why the pump stopped handing on batches.
enum Stop {
    /// The plan is done.
    Done,
    /// A stop signal was given.
    Signalled(StopReason),
    /// The same, and the destination did not accept the last batch in time.
    Stuck(StopReason),
    /// The run cannot be completed, so sending more is pointless.
    Failed(RunFailure),
    /// The run is about to be changed.
    Halted(HaltRequest),
}

impl Pump {
    /// For a run that was started.
    pub(crate) fn new(
        emulator: &Emulator,
        emulation: &Emulation,
        destination: Arc<dyn Destination>,
        schemas: SchemaIds,
        pacer: Pacer,
        account: Arc<DeliveryTracker>,
        stop_signals: StopSignals,
    ) -> Self {
        let plan = emulation.plan().clone();
        let encoder = emulator
            .inner
            .encoders
            .encoder(emulation.id(), &plan, schemas);
        let framing = emulator.inner.encoders.framing(emulation.id(), &plan);
        let now = emulator.now();
        Self {
            batch_records: framing.batch_records(),
            destination,
            pacer,
            left: match plan.pace() {
                Pace::Realtime => None,
                Pace::Unlimited => {
                    // Wall-clock time since the first start, in whichever process that was.
                    let passed = emulation
                        .started_at()
                        .map_or(0.0, |started| now.seconds_since(started).max(0.0));
                    let passed = passed - plan.paused().as_secs_f64();
                    let left = (plan.timeout() as f64 - passed).max(0.0);
                    Some(Duration::from_secs_f64(left))
                }
            },
            run: Run {
                id: emulation.id(),
                plan,
                from: emulation.checkpoint(),
            },
            encoders: emulator.inner.encoders.clone(),
            schemas,
            encoder,
            pool: emulator.inner.pool.clone(),
            workers: emulation.workers().len(),
            account,
            stop_signals,
        }
    }

    /// Carries the run out; halts in between when it is to be changed.
    pub(crate) async fn run(mut self, mut halts: mpsc::Receiver<HaltRequest>) -> Ending {
        let mut opening = self.destination.open(&self.run, self.account.clone());
        let opened = tokio::select! {
            biased;
            reason = self.stop_signals.signalled() => {
                if reason == StopReason::Pause {
                    // An opening producer that is left alone would later take the run over from the
                    // producer that this process opens when the run is resumed.
                    tokio::select! {
                        _ = &mut opening => {}
                        () = self.stop_signals.ended() => {}
                    }
                }
                return reason.into();
            }
            opened = &mut opening => opened,
        };
        drop(opening);
        let mut producer = match opened {
            Ok(producer) => producer,
            Err(error) => return Ending::failed(&error),
        };
        match self.carry_out(producer.as_mut(), &mut halts).await {
            Ok(ending) => ending,
            // The reason why a record failed says more than the error that followed.
            Err(error) => Ending::failed(self.account.why().unwrap_or(error)),
        }
    }

    async fn carry_out(
        &mut self,
        producer: &mut dyn Producer,
        halts: &mut mpsc::Receiver<HaltRequest>,
    ) -> Result<Ending, RunFailure> {
        let stop = match self.nothing_to_send() {
            Some(stop) => stop,
            None => self.until_stopped(producer, halts).await?,
        };
        match stop {
            Stop::Done => producer.finish().await?,
            Stop::Failed(why) => return Ok(Ending::failed(why)),
            Stop::Halted(_) => unreachable!("it goes on after each halt"),
            Stop::Stuck(StopReason::Cancel) => return Ok(not_flushed()),
            Stop::Stuck(reason) => return Ok(reason.into()),
            Stop::Signalled(StopReason::Cancel) => {
                return Ok(match timeout(FLUSH_BOUND, producer.finish()).await {
                    Ok(Ok(())) => Ending::Ended(Outcome::Cancelled),
                    Ok(Err(error)) => Ending::failed(&error),
                    Err(_) => not_flushed(),
                });
            }
            Stop::Signalled(reason) => {
                // What is not acknowledged now is delivered again when the run continues.
                match timeout(FLUSH_BOUND, producer.pause()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::warn!(
                            error = error.chain(),
                            "not all records in flight were delivered"
                        );
                    }
                    Err(_) => tracing::warn!("the records in flight were not delivered in time"),
                }
                return Ok(reason.into());
            }
        }
        Ok(Ending::Ended(
            self.account
                .why()
                .map_or(Outcome::Completed, Outcome::Failed),
        ))
    }

    /// Why there is nothing to send, if that is so.
    fn nothing_to_send(&self) -> Option<Stop> {
        let from = self.run.from.next_index;
        if from > 0 && is_one_object(&self.run) {
            // The object is completely stored; only the end of the run was not saved.
            return Some(Stop::Done);
        }
        if self.left == Some(Duration::ZERO) {
            if from > 0 {
                return Some(Stop::Done);
            }
            let why = "the timeout of the run was over before the service was there again, and \
                       nothing of it had been stored";
            return Some(Stop::Failed(RunFailure::new(FailureKind::Interrupted, why)));
        }
        None
    }

    async fn until_stopped(
        &mut self,
        producer: &mut dyn Producer,
        halts: &mut mpsc::Receiver<HaltRequest>,
    ) -> Result<Stop, RunFailure> {
        let deadline = self.left.map(|left| Instant::now() + left);
        let mut next = self.run.from.next_index;
        loop {
            match self.hand_on(producer, halts, &mut next, deadline).await? {
                Stop::Halted(halt) => self.halt(producer, halt).await?,
                stop => return Ok(stop),
            }
        }
    }

    /// Reports that it has halted, then continues with the changed plan, if it receives one.
    async fn halt(
        &mut self,
        producer: &mut dyn Producer,
        halt: HaltRequest,
    ) -> Result<(), RunFailure> {
        // If the run is ending, there is no receiver.
        let _ = halt.halted.send(());
        let Ok(plan) = halt.changed_plan.await else {
            return Ok(());
        };
        producer.follow(&plan).await?;
        self.encoder = self.encoders.encoder(self.run.id, &plan, self.schemas);
        self.pacer = self.pacer.with_plan(&plan);
        self.run.plan = plan;
        Ok(())
    }

    /// Hands on the records from `next` on and advances `next` to the first record not handed on.
    async fn hand_on(
        &self,
        producer: &mut dyn Producer,
        halts: &mut mpsc::Receiver<HaltRequest>,
        next: &mut u64,
        deadline: Option<Instant>,
    ) -> Result<Stop, RunFailure> {
        let plan = &self.run.plan;
        let send_times = metrics::send_times(plan);
        let mut generation = Generation::start(
            self.encoder.clone(),
            self.pool.clone(),
            *next..plan.end(),
            self.batch_end(),
            self.workers,
            self.account.workers.clone(),
        );
        loop {
            let batch = tokio::select! {
                biased;
                reason = self.stop_signals.signalled() => return Ok(Stop::Signalled(reason)),
                why = self.account.failure() => return Ok(Stop::Failed(why)),
                () = until(deadline) => return Ok(Stop::Done),
                Some(halt) = halts.recv() => return Ok(Stop::Halted(halt)),
                batch = self.due(&mut generation) => batch?,
            };
            let Some(batch) = batch else {
                return Ok(Stop::Done);
            };
            self.account.generated(&batch);
            let started = Instant::now();
            if let Some(reason) = self.send(producer, &batch).await? {
                return Ok(Stop::Stuck(reason));
            }
            send_times.record(started.elapsed());
            *next = batch.range().end;
            generation.recycle(batch);
        }
    }

    /// Where the batch that begins with a given record ends.
    fn batch_end(&self) -> BatchEnd {
        let (plan, pacer) = (self.run.plan.clone(), self.pacer.clone());
        match self.batch_records {
            Some(wanted) => Box::new(move |first| object_layout::batch_end(&plan, wanted, first)),
            None => {
                let most = most_records(&plan);
                Box::new(move |first| pacer.batch_end(first, most))
            }
        }
    }

    /// The next batch, once it is due and may be handed on; `None` after the last.
    async fn due(&self, generation: &mut Generation) -> Result<Option<Batch>, RunFailure> {
        let batch = generation.next().await?;
        if let Some(batch) = &batch {
            let last = batch.range().end - 1;
            self.pacer.wait_for(last).await;
            self.account
                .sequence
                .wait_to_deliver(&self.run.plan, last)
                .await?;
            self.account.wait_to_deliver(batch).await;
        }
        Ok(batch)
    }

    /// Hands a batch over. Once a stop signal is given, the destination has `FLUSH_BOUND` to accept
    /// the batch; if it does not, returns the signal.
    async fn send(
        &self,
        producer: &mut dyn Producer,
        batch: &Batch,
    ) -> Result<Option<StopReason>, RunFailure> {
        let mut sending = producer.send(batch);
        let reason = tokio::select! {
            biased;
            sent = &mut sending => { sent?; return Ok(None); }
            reason = self.stop_signals.signalled() => reason,
        };
        match timeout(FLUSH_BOUND, sending).await {
            Ok(sent) => {
                sent?;
                Ok(None)
            }
            Err(_) => Ok(Some(reason)),
        }
    }
}

/// The most records in a batch. With one object per record, a batch is a single record: on a slow
/// store, the run would otherwise take long to notice that it is to stop.
fn most_records(plan: &EmulationPlan) -> u64 {
    match (plan.sink().medium(), plan.grouping()) {
        (Medium::Objects, Grouping::Single) => 1,
        _ => BATCH_RECORDS,
    }
}

/// Whether all records of the run go into one object, which is acknowledged as a whole.
fn is_one_object(run: &Run) -> bool {
    let cut = matches!(run.plan.sink().medium(), Medium::Objects | Medium::Stream);
    cut && run.plan.grouping() == Grouping::Grouped
}

fn not_flushed() -> Ending {
    let message = format!(
        "cancelled, and what was in flight was not acknowledged within {} s",
        FLUSH_BOUND.as_secs()
    );
    Ending::failed(RunFailure::new(FailureKind::Interrupted, message))
}

/// Waits until the deadline, or for ever if there is none.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
