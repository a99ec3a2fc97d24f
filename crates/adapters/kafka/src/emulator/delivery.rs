//! From the broker's answer for each message to answers for ranges of records.

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

/// Tells the recorder what the metric of this adapter means.
pub(super) fn describe() {
    let what = "Messages that were sent to Kafka again, at least";
    metrics::describe_counter!(RETRIES, what);
}

/// Counts the answers of one run. Each message carries the index of its record, nothing is
/// allocated for it.
pub(crate) struct Delivery {
    topic: String,
    failures: ClusterErrors,
    diagnostics: ConnectionDiagnostics,
    acknowledgements: Arc<dyn Acknowledgements>,
    tally: Mutex<Tally>,
    /// Told when nothing is in flight any more.
    idle: Notify,
    again: Mutex<RetryCounter>,
}

/// Messages that were sent more than once.
#[derive(Default)]
struct RetryCounter {
    /// As the last statistics had it.
    seen: u64,
    counted: u64,
}

#[derive(Default)]
struct Tally {
    /// The batches that wait for answers, by their indices. A finished one stays until all
    /// before it are.
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

    /// The next batch will be sent.
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

    /// The newest batch was sent only up to `end`: nobody will answer for the rest of it.
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

    /// One record has its answer.
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

    /// Hands on what is known of batch `at` if all of it is.
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
            // What a purge or a verdict of the broker means is said by its code alone.
            let said = (code == RDKafkaErrorCode::MessageTimedOut)
                .then(|| self.diagnostics.last_error())
                .flatten();
            let why = self.failures.verdict(&what, code, said).into();
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

    /// How many records wait for an answer.
    pub(crate) fn in_flight(&self) -> u64 {
        self.tally().in_flight
    }

    /// Ready when nothing waits for an answer.
    pub(crate) async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            // Registered before the look, so that an answer in between is not missed.
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

    /// The library counts repeated requests but not those with messages, which it makes anew. What
    /// was sent and what waits (for the first time or again) is more than was taken by just the
    /// messages that are sent again.
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
        // The library's figures are not of one moment: only what is seen twice is sure.
        let sure = seen.min(again.seen);
        again.seen = seen;
        if sure > again.counted {
            metrics::counter!(RETRIES).increment(sure - again.counted);
            again.counted = sure;
        }
    }
}

impl ProducerContext for Delivery {
    /// The index of the record, on machines with 64 bits.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, index: usize) {
        let failure = result
            .as_ref()
            .err()
            .map(|(error, _)| error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail));
        self.answer(index as u64, failure);
    }
}
