//! Delivers a run exactly once, even through crashes of its own process.
//!
//! Each transaction contains records and the index after the last of them, stored as the committed
//! offset of a consumer group that belongs to this run. Kafka keeps such offsets in a compacted
//! topic (`__consumer_offsets`) and commits records and offset atomically. A process that takes the
//! run over uses the same transactional id, which ends whatever its predecessor left open. It then
//! reads the offset and skips the records before it.
//!
//! A separate state topic would not do: readers of committed data cannot see past open transactions
//! of other runs in it, which may hide the run's own last progress. Offsets are looked up by group.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use emulator_domain::Timestamp;
use emulator_domain::plan::{EmulationPlan, Pace};
use emulator_ports::{Acknowledgements, Batch, DestinationError, Producer, Run};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::producer::{Producer as _, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::delivery::Delivery;
use super::record_sender::RecordSender;
use crate::KafkaConfig;
use crate::cluster_error::{ClusterError, ClusterErrors};
use crate::retry::{is_settling, retry_until};
use crate::transaction::{self, COORDINATOR};

/// A transaction is committed once it has this many records,
const RECORDS: u64 = 50_000;
/// or is this old.
const AGE: Duration = Duration::from_secs(1);
/// How long the coordinator may take to abort a transaction that is dropped.
const GOODBYE: Duration = Duration::from_secs(5);

/// Sends records in transactions.
pub(crate) struct TransactionalProducer {
    record_sender: RecordSender,
    /// Records before this index were committed, perhaps by another process.
    committed: u64,
    held: Arc<PendingAcks>,
    open: Option<OpenTransaction>,
    /// Tells how far in the future the next record is due.
    plan: EmulationPlan,
    progress: Progress,
    errors: ClusterErrors,
    timeout: Duration,
}

struct OpenTransaction {
    since: Instant,
    records: u64,
}

/// Where the run's progress is stored.
#[derive(Clone)]
struct Progress {
    topic: String,
    group: Arc<ConsumerGroupMetadata>,
}

impl TransactionalProducer {
    /// Takes the run over from the process that had it before. Blocks.
    pub(crate) fn open(
        config: &KafkaConfig,
        run: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Self, ClusterError> {
        let topic = run.plan.destination();
        let name = format!("data-emulator-{}", run.id);
        let errors = ClusterErrors::new(config);
        let held = Arc::new(PendingAcks {
            acknowledgements,
            tally: Mutex::default(),
        });
        let delivery = Delivery::new(topic, errors.clone(), Arc::clone(&held) as _);
        let record_sender = RecordSender::new(
            &config.transactional_producer(&name),
            topic,
            config.event_timestamps.then(|| run.plan.clone()),
            errors.clone(),
            delivery,
        )?;
        let diagnostics = record_sender.delivery().diagnostics();
        transaction::take_over(record_sender.producer(), &name, &errors, diagnostics)?;
        let begun = Instant::now();
        let (progress, committed) = Progress::read(config, topic, &name).map_err(|error| {
            let what = format!("reading the progress of {name}");
            errors.explain(&what, &error, begun.elapsed(), diagnostics)
        })?;
        if committed < run.from.next_index {
            return Err(errors.refused(
                &format!("carrying {name} on from record {}", run.from.next_index),
                format_args!(
                    "the cluster knows of {committed} committed records only; is it another cluster, or were the offsets of group {name} deleted? Start a new run",
                ),
            ));
        }
        Ok(Self {
            record_sender,
            committed,
            held,
            open: None,
            plan: run.plan.clone(),
            progress,
            errors,
            timeout: config.transaction_timeout(),
        })
    }

    async fn commit(&mut self) -> Result<(), DestinationError> {
        if self.open.is_none() {
            return Ok(());
        }
        // The library answers within its own time-out, so this terminates.
        self.record_sender.delivery().idle().await;
        let producer = self.record_sender.producer().clone();
        let progress = self.progress.clone();
        let next_index = self.record_sender.next_index();
        let begun = Instant::now();
        let deadline = begun + self.timeout;
        let failed = self.held.take_failure();
        let refused = failed.is_some();
        let ended = tokio::task::spawn_blocking(move || {
            let committed = if refused {
                None
            } else {
                Some(progress.commit(&producer, next_index, deadline))
            };
            if !matches!(committed, Some(Ok(()))) {
                transaction::abort(&producer, COORDINATOR);
            }
            committed
        })
        .await;
        self.open = None;
        let what = format!("committing records {}..{next_index}", self.committed);
        match ended {
            Ok(Some(Ok(()))) => {
                self.committed = next_index;
                self.held.release();
                Ok(())
            }
            Ok(Some(Err(error))) => Err(self.explain(&what, &error, begun)),
            // The fatal error of the producer explains more than the failure of one record.
            Ok(None) => Err(match (self.record_sender.fatal(), failed) {
                (None, Some(failed)) => failed,
                (fatal, _) => fatal
                    .unwrap_or_else(|| self.errors.interrupted(&what, "a record failed"))
                    .into(),
            }),
            Err(error) => Err(self.errors.interrupted(&what, error).into()),
        }
    }

    /// The error of a failed library call; a fatal error of the producer explains more.
    fn explain(&self, what: &str, error: &KafkaError, begun: Instant) -> DestinationError {
        let fatal = self.record_sender.fatal();
        let explained = fatal.unwrap_or_else(|| {
            let diagnostics = self.record_sender.delivery().diagnostics();
            self.errors
                .explain(what, error, begun.elapsed(), diagnostics)
        });
        explained.into()
    }
}

#[async_trait]
impl Producer for TransactionalProducer {
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        let records = batch.range();
        let known = records.end.min(self.committed);
        if records.start < known {
            self.held
                .acknowledgements
                .acknowledged(records.start..known);
        }
        if records.end <= self.committed {
            return Ok(());
        }
        if self.open.is_none() {
            let begun = Instant::now();
            let producer = self.record_sender.producer();
            producer
                .begin_transaction()
                .map_err(|error| self.explain("beginning a transaction", &error, begun))?;
        }
        let open = self.open.get_or_insert_with(|| OpenTransaction {
            since: Instant::now(),
            records: 0,
        });
        open.records += records.end - records.start.max(known);
        let due = is_last_for_now(&self.plan, records.end)
            || open.records >= RECORDS
            || open.since.elapsed() >= AGE;
        self.record_sender.send(batch, self.committed).await?;
        if due {
            self.commit().await?;
        }
        Ok(())
    }

    /// Commits first, because the next record may now be due later than planned.
    async fn follow(&mut self, plan: &EmulationPlan) -> Result<(), DestinationError> {
        self.commit().await?;
        self.record_sender.follow(plan);
        self.plan = plan.clone();
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), DestinationError> {
        self.commit().await
    }

    async fn pause(&mut self) -> Result<(), DestinationError> {
        self.finish().await
    }
}

/// An open transaction would block readers of committed data, so none is left behind.
impl Drop for TransactionalProducer {
    fn drop(&mut self) {
        if self.open.take().is_some() {
            transaction::abort(self.record_sender.producer(), GOODBYE);
        }
    }
}

impl Progress {
    /// Reads the run's committed progress and where to store further progress.
    fn read(config: &KafkaConfig, topic: &str, group: &str) -> Result<(Self, u64), KafkaError> {
        let mut client = config.client();
        client
            .set("group.id", group)
            .set("isolation.level", "read_committed");
        let reader: BaseConsumer = client.create()?;
        let mut partition = TopicPartitionList::new();
        partition.add_partition(topic, 0);
        let offsets = retry_until(Instant::now() + COORDINATOR, is_settling, |left| {
            reader.committed_offsets(partition.clone(), left)
        })?;
        let committed = match offsets.elements().first().map(|element| element.offset()) {
            Some(Offset::Offset(next_index)) => next_index as u64,
            _ => 0,
        };
        let group = reader.group_metadata().expect("the consumer has a group");
        Ok((
            Self {
                topic: topic.to_owned(),
                group: Arc::new(group),
            },
            committed,
        ))
    }

    /// Commits the transaction together with the progress. Blocks.
    fn commit(
        &self,
        producer: &ThreadedProducer<Delivery>,
        next_index: u64,
        deadline: Instant,
    ) -> Result<(), KafkaError> {
        let mut offset = TopicPartitionList::new();
        offset.add_partition_offset(&self.topic, 0, Offset::Offset(next_index as i64))?;
        transaction::commit(producer, &offset, &self.group, deadline)
    }
}

/// Whether the record at `end` is due so much later that those before it are committed without it.
fn is_last_for_now(plan: &EmulationPlan, end: u64) -> bool {
    let time = |index| plan.due(index).map(Timestamp::micros);
    plan.pace() == Pace::Realtime
        && time(end)
            .zip(time(end - 1))
            .is_none_or(|(next, last)| next - last > AGE.as_micros() as i64)
}

/// Holds acknowledgements back until their transaction is committed.
struct PendingAcks {
    acknowledgements: Arc<dyn Acknowledgements>,
    tally: Mutex<HeldTally>,
}

#[derive(Default)]
struct HeldTally {
    ranges: Vec<std::ops::Range<u64>>,
    /// Why the first failed record failed. Its transaction is then not committed, and none of its
    /// records is acknowledged.
    failure: Option<DestinationError>,
}

impl PendingAcks {
    fn release(&self) {
        let ranges = std::mem::take(&mut self.tally().ranges);
        for range in ranges {
            self.acknowledgements.acknowledged(range);
        }
    }

    fn take_failure(&self) -> Option<DestinationError> {
        self.tally().failure.take()
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, HeldTally> {
        self.tally.lock().expect("no panic while it is held")
    }
}

impl Acknowledgements for PendingAcks {
    fn acknowledged(&self, records: std::ops::Range<u64>) {
        self.tally().ranges.push(records);
    }

    fn failed(&self, _: std::ops::Range<u64>, why: &DestinationError) {
        let failure = || DestinationError::new(why.kind, why.chain());
        self.tally().failure.get_or_insert_with(failure);
    }
}
