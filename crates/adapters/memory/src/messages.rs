//! Messages that tests can inspect, and a destination that can be made to fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emulator_domain::plan::EmulationPlan;
use emulator_ports::{
    Acknowledgements, Batch, Destination, DestinationError, DestinationErrorKind, Producer, Run,
};
use tokio::sync::watch;

/// A delivered record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The record's index in its run.
    pub index: u64,
    /// The record's key, if it has one.
    pub key: Option<Vec<u8>>,
    /// The encoded record; empty for a tombstone.
    pub payload: Vec<u8>,
    /// Whether it is a tombstone.
    pub is_tombstone: bool,
    /// Names and values of its headers, in order.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// Failures to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Opening and probing return [`Unreachable`](DestinationErrorKind::Unreachable).
    RefuseOpen,
    /// Once a run has delivered this many records, the next one returns
    /// [`Interrupted`](DestinationErrorKind::Interrupted).
    FailAfter(u64),
    /// Nothing is accepted or finished until the fault is lifted.
    Stall,
}

/// Records every message by topic, acknowledges it at once, and fails on demand. Clones share their
/// state.
#[derive(Clone, Debug)]
pub struct MemoryMessages {
    topics: Arc<Mutex<BTreeMap<String, Vec<Message>>>>,
    fault: watch::Sender<Option<Fault>>,
}

impl Default for MemoryMessages {
    fn default() -> Self {
        Self {
            topics: Arc::default(),
            fault: watch::Sender::new(None),
        }
    }
}

impl MemoryMessages {
    /// From now on, simulates this fault, or none.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.fault.send_replace(fault);
    }

    /// What was delivered to the topic, in order; `None` if it was never opened.
    pub fn messages(&self, topic: &str) -> Option<Vec<Message>> {
        self.topics().get(topic).cloned()
    }

    /// Every change of the map is a single call, so a panic elsewhere leaves it consistent.
    fn topics(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Message>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answering(&self) -> Result<(), DestinationError> {
        if *self.fault.borrow() == Some(Fault::RefuseOpen) {
            let message = "the destination in memory was told not to answer";
            return Err(DestinationError::new(
                DestinationErrorKind::Unreachable,
                message,
            ));
        }
        Ok(())
    }

    /// Waits while stalled; returns how many more records may follow the first `delivered`.
    async fn allowance(&self, delivered: u64) -> u64 {
        let mut fault = self.fault.subscribe();
        let fault = fault.wait_for(|fault| *fault != Some(Fault::Stall)).await;
        match *fault.expect("the sender lives in self") {
            Some(Fault::FailAfter(records)) => records.saturating_sub(delivered),
            _ => u64::MAX,
        }
    }
}

#[async_trait]
impl Destination for MemoryMessages {
    async fn open(
        &self,
        run: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Box<dyn Producer>, DestinationError> {
        self.answering()?;
        let topic = run.plan.destination().to_owned();
        self.topics().entry(topic.clone()).or_default();
        Ok(Box::new(MemoryProducer {
            destination: self.clone(),
            topic,
            acknowledgements,
            delivered: 0,
        }))
    }

    async fn location(&self) -> Result<String, DestinationError> {
        self.answering()?;
        Ok("memory".to_owned())
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        self.answering()
    }
}

struct MemoryProducer {
    destination: MemoryMessages,
    topic: String,
    acknowledgements: Arc<dyn Acknowledgements>,
    delivered: u64,
}

#[async_trait]
impl Producer for MemoryProducer {
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        let allowed = self.destination.allowance(self.delivered).await;
        let range = batch.range();
        let taken = allowed.min(range.end - range.start);
        let messages = batch.records().take(taken as usize).map(|record| Message {
            index: record.index,
            key: record.key.map(<[u8]>::to_vec),
            payload: record.payload.to_vec(),
            is_tombstone: record.is_tombstone,
            headers: record
                .headers()
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect(),
        });
        self.destination
            .topics()
            .entry(self.topic.clone())
            .or_default()
            .extend(messages);
        self.delivered += taken;
        if taken > 0 {
            self.acknowledgements
                .acknowledged(range.start..range.start + taken);
        }
        if range.start + taken < range.end {
            let message = format!(
                "topic {:?} in memory was told to fail after {} records",
                self.topic, self.delivered
            );
            return Err(DestinationError::new(
                DestinationErrorKind::Interrupted,
                message,
            ));
        }
        Ok(())
    }

    async fn follow(&mut self, _: &EmulationPlan) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), DestinationError> {
        self.destination.allowance(self.delivered).await;
        Ok(())
    }

    async fn pause(&mut self) -> Result<(), DestinationError> {
        self.finish().await
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::time::Duration;

    use emulator_domain::Domain;
    use emulator_domain::plan::{Format, PlanSpec, Sink};
    use emulator_ports::contract::destination::{StoredRecord, keeps_its_contract};
    use emulator_ports::contract::repository::emulation;
    use emulator_ports::{RecordSpans, Span};
    use tokio::time::timeout;

    use super::*;
    use crate::Null;

    fn spec(sink: Sink) -> PlanSpec {
        PlanSpec::new(Domain::Transaction, sink, Format::Json)
    }

    #[tokio::test]
    async fn the_contract_is_kept_by_what_records_and_by_what_forgets() {
        let kept = MemoryMessages::default();
        let read = async |topic: &str| {
            let messages = kept.messages(topic).unwrap_or_default();
            Some(
                messages
                    .into_iter()
                    .map(|message| StoredRecord {
                        key: message.key,
                        payload: (!message.is_tombstone).then_some(message.payload),
                        headers: message.headers,
                    })
                    .collect(),
            )
        };
        keeps_its_contract(&kept, &spec(Sink::Kafka), read).await;
        keeps_its_contract(&Null, &spec(Sink::Null), async |_: &str| None).await;
    }

    #[derive(Default)]
    struct Answers(Mutex<Vec<Range<u64>>>);

    impl Acknowledgements for Answers {
        fn acknowledged(&self, records: Range<u64>) {
            self.0.lock().unwrap().push(records);
        }

        fn failed(&self, records: Range<u64>, why: &DestinationError) {
            panic!("{records:?}: {why}");
        }
    }

    /// Four records with the indices 10..14.
    fn batch() -> Batch {
        let mut batch = Batch::default();
        batch.restart(10);
        for i in 0..4_u8 {
            let mut writer = batch.writer(3);
            let start = writer.len();
            writer.chunk(&[b'a', b'b', b'0' + i]);
            let (key, payload) = (Span::new(start..start + 2), Span::new(start..start + 3));
            let id = key;
            batch.push(start + 3, RecordSpans { payload, key, id });
        }
        batch
    }

    fn run() -> Run {
        let emulation = emulation(1, 0);
        Run {
            id: emulation.id(),
            plan: emulation.plan().clone(),
            from: emulation.checkpoint(),
        }
    }

    #[tokio::test]
    async fn it_refuses_stalls_and_fails_when_told() {
        let destination = MemoryMessages::default();
        let answers = Arc::new(Answers::default());
        destination.set_fault(Some(Fault::RefuseOpen));
        let refused = destination
            .open(&run(), answers.clone())
            .await
            .err()
            .unwrap();
        assert_eq!(refused.kind, DestinationErrorKind::Unreachable);
        assert!(destination.probe().await.is_err());

        destination.set_fault(Some(Fault::Stall));
        let mut producer = destination.open(&run(), answers.clone()).await.unwrap();
        let batch = batch();
        let stalled = timeout(Duration::from_millis(20), producer.send(&batch)).await;
        assert!(stalled.is_err());
        destination.set_fault(None);
        producer.send(&batch).await.unwrap();

        destination.set_fault(Some(Fault::FailAfter(6)));
        let failed = producer.send(&batch).await.unwrap_err();
        assert_eq!(failed.kind, DestinationErrorKind::Interrupted);
        assert_eq!(*answers.0.lock().unwrap(), [10..14, 10..12]);
        let messages = destination.messages(run().plan.destination()).unwrap();
        assert_eq!(messages.len(), 6);
        assert_eq!(
            messages[1],
            Message {
                index: 11,
                key: Some(b"ab".into()),
                is_tombstone: false,
                payload: b"ab1".into(),
                headers: Vec::new(),
            }
        );
    }
}
