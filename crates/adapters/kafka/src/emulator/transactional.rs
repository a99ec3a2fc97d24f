//! Delivers a run exactly once, through crashes of its own process.
//!
//! Each transaction carries records and, as the committed offset of a consumer group that only
//! this run has, the index behind the last of them. Kafka keeps such offsets in a compacted topic
//! of its own (`__consumer_offsets`) and commits both or neither. A process that takes the run over
//! uses the same transactional id, which ends whatever its predecessor left open, then reads the
//! offset and skips the records before it.
//!
//! An own state topic would do the same, but a reader of committed data cannot see past the open
//! transactions of other runs in it, where its own last progress may lie; offsets are asked for by
//! group.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use emulator_domain::plan::{EmulationPlan, Pace};
use emulator_ports::{Acknowledgements, Batch, DestinationError, Producer, Run};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::producer::{Producer as _, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::delivery::Delivery;
use super::record_sender::RecordSender;
use crate::KafkaConfig;
use crate::failure::{Failure, Failures};
use crate::retry::{is_retriable, is_settling, retry_until};

/// A transaction is committed when it has this many records,
const RECORDS: u64 = 50_000;
/// or is this old.
const AGE: Duration = Duration::from_secs(1);
/// How long the coordinator may take to end a predecessor's transaction or to tell its progress.
const COORDINATOR: Duration = Duration::from_secs(30);

/// How long the coordinator may take to abort a transaction that is dropped.
const GOODBYE: Duration = Duration::from_secs(5);

/// Sends records in transactions.
pub(crate) struct TransactionalProducer {
    record_sender: RecordSender,
    /// Records before this index were committed by this run, perhaps in another process.
    committed: u64,
    held: Arc<PendingAcks>,
    open: Option<OpenTransaction>,
    /// Whether the next record is too far away for the transaction to wait for it.
    slow: bool,
    progress: Progress,
    failures: Failures,
    timeout: Duration,
}

struct OpenTransaction {
    since: Instant,
    records: u64,
}

/// Where the run's progress is kept.
#[derive(Clone)]
struct Progress {
    topic: String,
    group: Arc<ConsumerGroupMetadata>,
}

impl TransactionalProducer {
    /// Takes the run over from whatever process had it before. Blocks.
    pub(crate) fn open(
        config: &KafkaConfig,
        run: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Self, Failure> {
        let topic = run.plan.destination();
        let name = format!("data-emulator-{}", run.id);
        let failures = Failures::new(config);
        let held = Arc::new(PendingAcks {
            acknowledgements,
            tally: Mutex::default(),
        });
        let delivery = Delivery::new(topic, failures.clone(), Arc::clone(&held) as _);
        let record_sender = RecordSender::new(
            &config.transactional_producer(&name),
            topic,
            config.event_timestamps.then(|| run.plan.timeline()),
            failures.clone(),
            delivery,
        )?;
        record_sender
            .producer()
            .init_transactions(COORDINATOR)
            .map_err(|error| {
                let what = format!("taking over transactional id {name}");
                refusal(&failures, &what, &error, &record_sender)
            })?;

        let (progress, committed) = Progress::read(config, topic, &name).map_err(|error| {
            refusal(
                &failures,
                &format!("reading the progress of {name}"),
                &error,
                &record_sender,
            )
        })?;
        if committed < run.from.next_index {
            return Err(failures.refused(
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
            slow: is_slow(&run.plan),
            progress,
            failures,
            timeout: config.transaction_timeout(),
        })
    }

    async fn commit(&mut self) -> Result<(), Failure> {
        if self.open.is_none() {
            return Ok(());
        }
        // Answers come before the library's own time-out, so this ends.
        self.record_sender.delivery().idle().await;
        let producer = self.record_sender.producer().clone();
        let progress = self.progress.clone();
        let next_index = self.record_sender.next_index();
        let deadline = Instant::now() + self.timeout;
        let refused = self.held.refused();
        let ended = tokio::task::spawn_blocking(move || {
            let committed = if refused {
                Err(None)
            } else {
                progress
                    .commit(&producer, next_index, deadline)
                    .map_err(Some)
            };
            committed.inspect_err(|_| abort(&producer, COORDINATOR))
        })
        .await;
        self.open = None;
        let what = format!("committing records {}..{next_index}", self.committed);
        match ended {
            Ok(Ok(())) => {
                self.committed = next_index;
                self.held.release();
                Ok(())
            }
            Ok(Err(Some(error))) => {
                Err(refusal(&self.failures, &what, &error, &self.record_sender))
            }
            Ok(Err(None)) => Err(self
                .failures
                .refused(&what, "some of them were refused, so none was committed")),
            Err(error) => Err(self.failures.interrupted(&what, error)),
        }
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
        let open = match &mut self.open {
            Some(open) => open,
            none => {
                self.record_sender
                    .producer()
                    .begin_transaction()
                    .map_err(|error| {
                        refusal(
                            &self.failures,
                            "beginning a transaction",
                            &error,
                            &self.record_sender,
                        )
                    })?;
                none.insert(OpenTransaction {
                    since: Instant::now(),
                    records: 0,
                })
            }
        };
        open.records += records.end - records.start.max(known);
        let due = self.slow || open.records >= RECORDS || open.since.elapsed() >= AGE;
        self.record_sender.send(batch, self.committed).await?;
        if due {
            self.commit().await?;
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), DestinationError> {
        Ok(self.commit().await?)
    }

    async fn pause(&mut self) -> Result<(), DestinationError> {
        self.finish().await
    }
}

/// Readers of committed data wait for an open transaction, so none is left behind.
impl Drop for TransactionalProducer {
    fn drop(&mut self) {
        if self.open.take().is_some() {
            abort(self.record_sender.producer(), GOODBYE);
        }
    }
}

fn abort(producer: &ThreadedProducer<Delivery>, patience: Duration) {
    if let Err(error) = producer.abort_transaction(patience) {
        tracing::warn!(%error, "a transaction could not be aborted and will time out");
    }
}

impl Progress {
    /// How far the run was committed, and where to note how it goes on.
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

    /// Ends the transaction with the progress in it. Blocks.
    fn commit(
        &self,
        producer: &ThreadedProducer<Delivery>,
        next_index: u64,
        deadline: Instant,
    ) -> Result<(), KafkaError> {
        let mut offset = TopicPartitionList::new();
        offset.add_partition_offset(&self.topic, 0, Offset::Offset(next_index as i64))?;
        retry_until(deadline, is_retriable, |left| {
            producer.send_offsets_to_transaction(&offset, &self.group, left)
        })?;
        retry_until(deadline, is_retriable, |left| {
            producer.commit_transaction(left)
        })
    }
}

/// Whether records are so far apart that each is committed by itself.
fn is_slow(plan: &EmulationPlan) -> bool {
    plan.pace() == Pace::Realtime && plan.timeline().rate().get() < 1.0 / AGE.as_secs_f64()
}

fn refusal(
    failures: &Failures,
    what: &str,
    error: &KafkaError,
    record_sender: &RecordSender,
) -> Failure {
    match error.rdkafka_error_code() {
        Some(Code::ProducerFenced | Code::Fenced | Code::InvalidProducerEpoch) => failures.refused(
            what,
            "another process has taken this run over; it carries on there",
        ),
        Some(code) => failures.verdict(what, code, record_sender.delivery().diagnostics().said()),
        None => failures.refused(what, error),
    }
}

/// Keeps the answers for records back until their transaction is committed.
struct PendingAcks {
    acknowledgements: Arc<dyn Acknowledgements>,
    tally: Mutex<HeldTally>,
}

#[derive(Default)]
struct HeldTally {
    ranges: Vec<std::ops::Range<u64>>,
    refused: bool,
}

impl PendingAcks {
    fn release(&self) {
        let ranges = std::mem::take(&mut self.tally().ranges);
        for range in ranges {
            self.acknowledgements.acknowledged(range);
        }
    }

    fn refused(&self) -> bool {
        self.tally().refused
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, HeldTally> {
        self.tally.lock().expect("no panic while it is held")
    }
}

impl Acknowledgements for PendingAcks {
    fn acknowledged(&self, records: std::ops::Range<u64>) {
        self.tally().ranges.push(records);
    }

    fn failed(&self, records: std::ops::Range<u64>, why: &DestinationError) {
        self.tally().refused = true;
        self.acknowledgements.failed(records, why);
    }
}
