//! Aggregates the broker's acknowledgements of single messages into ranges of records.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use emulator_ports::Acknowledgements;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::statistics::Statistics;
use tokio::sync::Notify;

use crate::cluster_error::ClusterErrors;
use crate::diagnostics::ConnectionDiagnostics;

const RETRIES: &str = "kafka_retries_total";

/// Describes this adapter's metric to the recorder.
pub(super) fn describe() {
    let what = "Messages that were sent to Kafka again, at least";
    metrics::describe_counter!(RETRIES, what);
}

/// Tracks the acknowledgements of one run. Each message carries the index of its record; nothing is
/// allocated per message.
pub(crate) struct Delivery {
    topic: String,
    failures: ClusterErrors,
    diagnostics: ConnectionDiagnostics,
    acknowledgements: Arc<dyn Acknowledgements>,
    tally: Mutex<Tally>,
    /// Notified when nothing is in flight any more.
    idle: Notify,
    again: Mutex<RetryCounter>,
}

/// Counts messages that were sent more than once.
#[derive(Default)]
struct RetryCounter {
    /// The count in the last statistics.
    seen: u64,
    counted: u64,
}

#[derive(Default)]
struct Tally {
    /// The batches that wait for acknowledgements, ordered by index. A finished one stays until all
    /// before it are finished.
    batches: VecDeque<Waiting>,
    in_flight: u64,
    /// Records so far.
    taken: u64,
}

struct Waiting {
    records: Range<u64>,
    unanswered: u64,
    failed: Vec<(u64, RDKafkaErrorCode)>,
}

impl Delivery {
    pub(crate) fn new(
        topic: &str,
        failures: ClusterErrors,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Self {
        Self {
            topic: topic.to_owned(),
            failures,
            diagnostics: ConnectionDiagnostics::default(),
            acknowledgements,
            tally: Mutex::default(),
            idle: Notify::new(),
            again: Mutex::default(),
        }
    }

    pub(crate) fn diagnostics(&self) -> &ConnectionDiagnostics {
        &self.diagnostics
    }

    /// Registers a batch before it is sent.
    pub(crate) fn expect(&self, records: Range<u64>) {
        let unanswered = records.end - records.start;
        let mut tally = self.tally();
        tally.in_flight += unanswered;
        tally.taken += unanswered;
        tally.batches.push_back(Waiting {
            records,
            unanswered,
            failed: Vec::new(),
        });
    }

    /// The newest batch was sent only up to `end`: there will be no acknowledgement for the rest.
    pub(crate) fn cut(&self, end: u64) {
        let mut tally = self.tally();
        let Some(newest) = tally.batches.back_mut() else {
            return;
        };
        let unsent = newest.records.end - end;
        if unsent == 0 {
            return;
        }
        newest.records.end = end;
        newest.unanswered -= unsent;
        tally.in_flight -= unsent;
        tally.taken -= unsent;
        let at = tally.batches.len() - 1;
        self.settle(tally, at);
    }

    /// Records the acknowledgement or failure of one record.
    pub(crate) fn answer(&self, index: u64, failure: Option<RDKafkaErrorCode>) {
        let mut tally = self.tally();
        let at = tally
            .batches
            .partition_point(|batch| batch.records.end <= index);
        let batch = &mut tally.batches[at];
        batch.unanswered -= 1;
        if let Some(code) = failure {
            batch.failed.push((index, code));
        }
        tally.in_flight -= 1;
        self.settle(tally, at);
    }

    /// Reports batch `at` once all of its records are answered.
    fn settle(&self, mut tally: MutexGuard<'_, Tally>, at: usize) {
        let batch = &mut tally.batches[at];
        if batch.unanswered > 0 {
            return;
        }
        let records = batch.records.clone();
        let failed = std::mem::take(&mut batch.failed);
        while tally
            .batches
            .front()
            .is_some_and(|batch| batch.unanswered == 0)
        {
            tally.batches.pop_front();
        }
        let idle = tally.in_flight == 0;
        drop(tally);
        self.report(records, failed);
        if idle {
            self.idle.notify_waiters();
        }
    }

    fn report(&self, records: Range<u64>, mut failed: Vec<(u64, RDKafkaErrorCode)>) {
        failed.sort_unstable_by_key(|&(index, _)| index);
        let mut next = records.start;
        for run in failed.chunk_by(|a, b| a.0 + 1 == b.0 && a.1 == b.1) {
            let (start, code) = run[0];
            let end = start + run.len() as u64;
            self.acknowledge(next..start);
            let what = format!("topic {} did not take records {start}..{end}", self.topic);
            // For a purge or a verdict of the broker, the code says it all.
            let library_error = (code == RDKafkaErrorCode::MessageTimedOut)
                .then(|| self.diagnostics.last_error())
                .flatten();
            let why = self.failures.verdict(&what, code, library_error).into();
            self.acknowledgements.failed(start..end, &why);
            next = end;
        }
        self.acknowledge(next..records.end);
    }

    fn acknowledge(&self, records: Range<u64>) {
        if !records.is_empty() {
            self.acknowledgements.acknowledged(records);
        }
    }

    /// How many records wait for an acknowledgement.
    pub(crate) fn in_flight(&self) -> u64 {
        self.tally().in_flight
    }

    /// Ready when no acknowledgement is outstanding.
    pub(crate) async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            // Registered before the check, so that no answer in between is missed.
            idle.as_mut().enable();
            if self.in_flight() == 0 {
                return;
            }
            idle.await;
        }
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().expect("no panic while it is held")
    }
}

impl ClientContext for Delivery {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.diagnostics.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.diagnostics.error(error, reason);
    }

    /// The library's retry counter omits produce requests, because it builds those anew. Messages
    /// sent plus messages queued (for the first time or again) exceed the number accepted by
    /// exactly those that are sent again.
    fn stats(&self, statistics: Statistics) {
        let taken = self.tally().taken;
        let topics = statistics.topics.values();
        let sent_and_waiting: u64 = topics
            .flat_map(|topic| topic.partitions.values())
            .map(|partition| {
                let waiting = partition.msgq_cnt.max(0) + partition.xmit_msgq_cnt.max(0);
                partition.txmsgs + waiting as u64
            })
            .sum();
        let seen = sent_and_waiting.saturating_sub(taken);
        let mut again = self.again.lock().expect("no panic while it is held");
        // The library's figures are not from one instant: only what two snapshots agree on counts.
        let sure = seen.min(again.seen);
        again.seen = seen;
        if sure > again.counted {
            metrics::counter!(RETRIES).increment(sure - again.counted);
            again.counted = sure;
        }
    }
}

impl ProducerContext for Delivery {
    /// The index of the record; needs a 64-bit platform.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, index: usize) {
        let failure = result
            .as_ref()
            .err()
            .map(|(error, _)| error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail));
        self.answer(index as u64, failure);
    }
}
