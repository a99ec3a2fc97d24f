//! What a run is told ends it with the reason, and what is told of a run is what was delivered.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use adapter_formats::Formats;
use adapter_memory::{MemoryEmulations, MemoryMessages, MemoryObjects};
use async_trait::async_trait;
use emulator_application::start_emulation::start;
use emulator_application::{ObjectDestination, emulation_status};
use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};
use emulator_domain::plan::{EmulationPlan, Format, Pace, PlanSpec, Sink};
use emulator_ports::{
    Acknowledgements, Batch, Destination, DestinationError, DestinationErrorKind,
    EmulationRepository, Page, Producer, RepositoryError, Run,
};

use crate::plans;
use crate::slow::{emulator, ended, spec};

/// Far more than a run hands on before it hears of an answer.
const MANY: u64 = 10_000_000;

/// Answers for messages after it has taken them, as brokers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    /// This record's batch has failed.
    FailedAt(u64),
    /// The first batch has failed, which is told when the run ends, and so much more fails then.
    FailedAtTheEnd(Option<&'static str>),
    /// Each batch is delivered twice.
    Twice,
    /// All is delivered.
    Delivered,
    /// All is delivered, and then it takes a second to say so.
    DeliveredLater,
}

fn error(message: &str) -> DestinationError {
    DestinationError::new(DestinationErrorKind::Interrupted, message)
}

#[async_trait]
impl Destination for Answers {
    async fn open(
        &self,
        _: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Box<dyn Producer>, DestinationError> {
        Ok(Box::new(Answering {
            how: *self,
            acknowledgements,
            first: None,
        }))
    }

    async fn location(&self) -> Result<String, DestinationError> {
        MemoryMessages::default().location().await
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        MemoryMessages::default().probe().await
    }
}

struct Answering {
    how: Answers,
    acknowledgements: Arc<dyn Acknowledgements>,
    first: Option<Range<u64>>,
}

#[async_trait]
impl Producer for Answering {
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        let (range, to) = (batch.range(), &self.acknowledgements);
        match self.how {
            Answers::FailedAt(index) if range.contains(&index) => {
                to.failed(range, &error("the topic is gone"));
            }
            Answers::FailedAtTheEnd(_) if self.first.is_none() => self.first = Some(range),
            Answers::Twice => {
                to.acknowledged(range.clone());
                to.acknowledged(range);
            }
            _ => to.acknowledged(range),
        }
        Ok(())
    }

    async fn follow(&mut self, _: &EmulationPlan) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), DestinationError> {
        if let Some(first) = self.first.take() {
            self.acknowledgements
                .failed(first, &error("the topic is gone"));
        }
        match self.how {
            Answers::FailedAtTheEnd(Some(more)) => return Err(error(more)),
            Answers::DeliveredLater => tokio::time::sleep(Duration::from_secs(1)).await,
            _ => {}
        }
        Ok(())
    }

    async fn pause(&mut self) -> Result<(), DestinationError> {
        self.finish().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_later_ends_the_run_at_once_with_its_reason() {
    for (how, count, reason) in [
        (Answers::FailedAt(0), MANY, "the topic is gone"),
        (Answers::FailedAt(70_000), MANY, "the topic is gone"),
        (Answers::FailedAtTheEnd(None), 20_000, "the topic is gone"),
        (
            Answers::FailedAtTheEnd(Some("cannot flush")),
            20_000,
            "the topic is gone",
        ),
        (Answers::Twice, MANY, "answered twice, or for nothing"),
    ] {
        let emulator = emulator(
            Arc::new(MemoryEmulations::new(1)),
            Sink::Kafka,
            Arc::new(how),
        );
        let run = start(&emulator, spec("kafka", "grouped", count))
            .await
            .unwrap();
        let run = ended(&emulator, run.id()).await;
        assert_eq!(run.status(), GlobalStatus::Failed, "{how:?}");
        let told = run.error().unwrap();
        assert!(told.contains(reason), "{how:?}: {told}");
        let counts = run.counts();
        assert_eq!(counts.in_flight(), 0, "{how:?}");
        assert_eq!(counts.failed > 0, how != Answers::Twice, "{how:?}");
        assert_eq!(counts.generated < count, count == MANY, "{how:?}");
    }
}

/// Fails once: when a run in motion has delivered something.
struct Full(MemoryEmulations, AtomicBool);

#[async_trait]
impl EmulationRepository for Full {
    async fn save(&self, run: &Emulation) -> Result<(), RepositoryError> {
        let moves = run.unfinished().is_ok() && run.checkpoint().next_index > 0;
        if moves && !self.1.swap(true, Ordering::SeqCst) {
            return Err(RepositoryError {
                action: "kept",
                why: "the disk is full".to_owned(),
            });
        }
        self.0.save(run).await
    }

    async fn find(&self, id: EmulationId) -> Result<Option<Emulation>, RepositoryError> {
        self.0.find(id).await
    }

    async fn list(&self, page: Page) -> Result<Vec<Emulation>, RepositoryError> {
        self.0.list(page).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_progress_cannot_be_kept_is_broken_off() {
    let full = Arc::new(Full(MemoryEmulations::new(1), AtomicBool::default()));
    let emulator = emulator(full, Sink::Kafka, Arc::new(Answers::Delivered));
    let run = start(&emulator, spec("kafka", "grouped", MANY))
        .await
        .unwrap();
    let run = ended(&emulator, run.id()).await;
    assert_eq!(run.status(), GlobalStatus::Failed);
    let told = run.error().unwrap();
    assert!(told.contains("the disk is full"), "{told}");
    assert!(run.counts().generated < MANY);
}

/// The records were due an hour ago; what is not to come any more cannot be late.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_generated_all_has_no_lag() {
    let memory = Arc::new(MemoryEmulations::new(1));
    let emulator = emulator(memory, Sink::Kafka, Arc::new(Answers::DeliveredLater));
    let spec = PlanSpec {
        pace: Pace::Realtime,
        start_time: emulator.now().moved(-3_600_000_000),
        ..spec("kafka", "grouped", 100)
    };
    let id = start(&emulator, spec).await.unwrap().id();
    let run = loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let run = emulation_status::status(&emulator, id).await.unwrap();
        if run.counts().generated == 100 {
            break run;
        }
    };
    assert_eq!((run.unfinished(), run.lag_seconds()), (Ok(()), 0.0));
}

/// Objects have line ends, which their lengths count, and the names of columns, which no record has.
#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_told_of_objects_are_their_lengths_without_headers() {
    for (format, sync_type) in [
        (Format::Ndjson, "grouped"),
        (Format::Ndjson, "single"),
        (Format::Csv, "chunked"),
    ] {
        let objects = MemoryObjects::default();
        let store = ObjectDestination::new(Arc::new(objects.clone()), Arc::new(Formats));
        let emulator = emulator(
            Arc::new(MemoryEmulations::new(1)),
            Sink::Minio,
            Arc::new(store),
        );
        let spec = PlanSpec {
            format,
            grouping: plans::grouping(sync_type, 5_000),
            ..spec("minio", sync_type, 500)
        };
        let run = start(&emulator, spec).await.unwrap();
        let run = ended(&emulator, run.id()).await;
        assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
        let header = |object: &[u8]| match format == Format::Csv {
            true => object
                .split_inclusive(|byte| *byte == b'\n')
                .next()
                .unwrap()
                .len(),
            false => 0,
        };
        let objects = objects.all(run.plan().destination());
        let bytes: usize = objects
            .values()
            .map(|object| object.len() - header(object))
            .sum();
        assert_eq!(run.counts().bytes, bytes as u64, "{format} {sync_type}");
    }
}
