//! Repositories and stores that take their time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use adapter_clock::SystemClock;
use adapter_formats::Formats;
use adapter_memory::{Fault, MemoryEmulations, MemoryMessages, MemoryObjects};
use async_trait::async_trait;
use emulator_application::models::Models;
use emulator_application::start_emulation::start;
use emulator_application::{
    Defaults, Emulator, EmulatorParts, Limits, ObjectDestination, OnShutdown, cancel_emulation,
    control_emulation, emulation_status,
};
use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus, WorkerState};
use emulator_domain::plan::{EmulationPlan, Guarantee, Pace, PlanSpec, Sink, Timeout, Workers};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{DestinationRules, Rate, UserIds};
use emulator_ports::{
    Acknowledgements, Batch, Destination, DestinationError, EmulationRepository, Page, Producer,
    RepositoryError, Run,
};

use crate::bench::bench_of;
use crate::plans;
use crate::processes::SlowObjects;

pub(crate) fn emulator(
    repository: Arc<dyn EmulationRepository>,
    sink: Sink,
    destination: Arc<dyn Destination>,
) -> Emulator {
    Emulator::new(EmulatorParts {
        models: Models::default(),
        destination_rules: DestinationRules::default(),
        repository,
        destinations: BTreeMap::from([(sink, destination)]),
        encoders: Arc::new(Formats),
        registry: None,
        callbacks: None,
        clock: Arc::new(SystemClock),
        runtime: tokio::runtime::Handle::current(),
        limits: Limits {
            running: 2,
            waiting: 2,
        },
        threads: 2,
        on_shutdown: OnShutdown::Cancel,
        defaults: Defaults {
            rate: Rate::per_second(10_000.0).expect("in range"),
            pace: Pace::Unlimited,
            population: None,
            users: UserIds::CONTRACT,
            labels: Labels::Shown,
        },
    })
    .expect("the machine gives threads")
}

pub(crate) fn spec(sink: &str, sync_type: &str, count: u64) -> PlanSpec {
    PlanSpec {
        timeout: Timeout::new(3600).unwrap(),
        count: plans::count(count),
        workers: Workers::MAX,
        ..plans::spec(sink, "device-log", "csv", sync_type)
    }
}

async fn state(emulator: &Emulator, id: EmulationId) -> Emulation {
    let state = emulation_status::status(emulator, id).await;
    state.expect("the run is remembered")
}

pub(crate) async fn ended(emulator: &Emulator, id: EmulationId) -> Emulation {
    loop {
        let run = state(emulator, id).await;
        if run.unfinished().is_err() {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Delivers like the destination in memory, and keeps count only.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicU64>);

#[async_trait]
impl Destination for Counted {
    async fn open(
        &self,
        _: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Box<dyn Producer>, DestinationError> {
        Ok(Box::new(CountedProducer(self.clone(), acknowledgements)))
    }

    async fn location(&self) -> Result<String, DestinationError> {
        MemoryMessages::default().location().await
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        MemoryMessages::default().probe().await
    }
}

/// Cannot be reached, and says so never.
struct Unreachable;

#[async_trait]
impl Destination for Unreachable {
    async fn open(
        &self,
        _: &Run,
        _: Arc<dyn Acknowledgements>,
    ) -> Result<Box<dyn Producer>, DestinationError> {
        std::future::pending().await
    }

    async fn location(&self) -> Result<String, DestinationError> {
        MemoryMessages::default().location().await
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        MemoryMessages::default().probe().await
    }
}

struct CountedProducer(Counted, Arc<dyn Acknowledgements>);

#[async_trait]
impl Producer for CountedProducer {
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        let Self(Counted(delivered), acknowledgements) = self;
        delivered.fetch_add(batch.len() as u64, Ordering::SeqCst);
        acknowledgements.acknowledged(batch.range());
        Ok(())
    }

    async fn follow(&mut self, _: &EmulationPlan) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn pause(&mut self) -> Result<(), DestinationError> {
        self.finish().await
    }
}

/// Takes a while to remember anything, and notes what a kill would repeat just before it does.
struct SlowRepository {
    inner: MemoryEmulations,
    delivered: Counted,
    most_repeated: AtomicU64,
    saved: AtomicU64,
}

#[async_trait]
impl EmulationRepository for SlowRepository {
    async fn save(&self, run: &Emulation) -> Result<(), RepositoryError> {
        tokio::time::sleep(Duration::from_millis(150)).await;
        if let Some(before) = self.inner.find(run.id()).await? {
            let delivered = self.delivered.0.load(Ordering::SeqCst);
            let repeated = delivered - before.checkpoint().next_index;
            self.most_repeated.fetch_max(repeated, Ordering::SeqCst);
        }
        self.saved.fetch_add(1, Ordering::SeqCst);
        self.inner.save(run).await
    }

    async fn find(&self, id: EmulationId) -> Result<Option<Emulation>, RepositoryError> {
        self.inner.find(id).await
    }

    async fn list(&self, page: Page) -> Result<Vec<Emulation>, RepositoryError> {
        self.inner.list(page).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_repeats_at_most_100_000_messages_however_slowly_progress_is_remembered() {
    for (guarantee, bounded) in [
        (Guarantee::AtLeastOnce, true),
        (Guarantee::ExactlyOnce, false),
    ] {
        let delivered = Counted::default();
        let repository = Arc::new(SlowRepository {
            inner: MemoryEmulations::new(1),
            delivered: delivered.clone(),
            most_repeated: AtomicU64::new(0),
            saved: AtomicU64::new(0),
        });
        let emulator = emulator(repository.clone(), Sink::Kafka, Arc::new(delivered));
        let spec = PlanSpec {
            guarantee,
            ..spec("kafka", "grouped", 1_000_000)
        };
        let run = start(&emulator, spec).await.unwrap();
        let run = ended(&emulator, run.id()).await;
        assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
        assert_eq!(run.counts().acknowledged, 1_000_000);
        let repeated = repository.most_repeated.load(Ordering::SeqCst);
        let saved = repository.saved.load(Ordering::SeqCst);
        if bounded {
            // Not far below either: the run goes on while its progress is being written.
            assert!((90_000..=100_000).contains(&repeated), "{repeated}");
            assert!((10..25).contains(&saved), "saved {saved} times");
        } else {
            // What it has committed, its destination knows.
            assert!(repeated > 100_000, "{repeated}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_single_objects_is_cancelled_within_a_second_on_a_slow_store() {
    let objects = MemoryObjects::default();
    let store = SlowObjects::new(objects.clone(), Duration::from_millis(200));
    let emulator = emulator(
        Arc::new(MemoryEmulations::new(1)),
        Sink::Minio,
        Arc::new(ObjectDestination::new(Arc::new(store), Arc::new(Formats))),
    );
    let run = start(&emulator, spec("minio", "single", 100_000)).await;
    let id = run.unwrap().id();
    while state(&emulator, id).await.counts().acknowledged < 8 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begun = Instant::now();
    cancel_emulation::cancel(&emulator, id).await.unwrap();
    let run = ended(&emulator, id).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!((run.status(), run.error()), (GlobalStatus::Cancelled, None));
    let counts = run.counts();
    assert_eq!((counts.failed, counts.in_flight()), (0, 0));
    let stored = objects.all(run.plan().destination()).len() as u64;
    assert_eq!(counts.acknowledged, stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_first_reclaims_the_objects_that_a_process_before_it_may_have_begun() {
    for (sync_type, expected) in [
        ("grouped", &[".csv"][..]),
        // One that took records, and four that were being stored.
        (
            "chunked",
            &[
                "/part-00000.csv",
                "/part-00001.csv",
                "/part-00002.csv",
                "/part-00003.csv",
                "/part-00004.csv",
            ],
        ),
        ("single", &[]),
    ] {
        let store = SlowObjects::new(MemoryObjects::default(), Duration::ZERO);
        let emulator = emulator(
            Arc::new(MemoryEmulations::new(1)),
            Sink::Minio,
            Arc::new(ObjectDestination::new(
                Arc::new(store.clone()),
                Arc::new(Formats),
            )),
        );
        let spec = spec("minio", sync_type, 3000);
        let id = start(&emulator, spec).await.unwrap().id();
        let run = ended(&emulator, id).await;
        assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
        let expected = expected.iter().map(|end| (format!("{id}{end}"), true));
        // It is done before anything is written.
        assert_eq!(
            *store.reclaimed.lock().unwrap(),
            expected.collect::<Vec<_>>()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_paused_while_it_opens_its_destination_holds_no_shutdown_up() {
    let emulator = emulator(
        Arc::new(MemoryEmulations::new(10)),
        Sink::Kafka,
        Arc::new(Unreachable),
    );
    let run = start(&emulator, spec("kafka", "grouped", 10))
        .await
        .unwrap();
    while state(&emulator, run.id()).await.started_at().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (paused, stopped) = tokio::join!(control_emulation::pause(&emulator, run.id()), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        emulator.shut_down(Duration::from_secs(5)).await
    });
    assert_eq!(stopped, [], "it waits for a destination that never answers");
    assert_eq!(paused.unwrap().status(), GlobalStatus::Paused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_work_has_finished_while_another_still_delivers() {
    let limits = Limits {
        running: 1,
        waiting: 0,
    };
    let bench = bench_of(limits, None);
    bench.messages.set_fault(Some(Fault::Stall));
    let spec = PlanSpec {
        timeout: Timeout::new(3600).unwrap(),
        count: plans::count(100),
        workers: Workers::MAX,
        ..plans::spec("kafka", "transaction", "json", "grouped")
    };
    let run = start(&bench.emulator, spec).await.unwrap();
    let expected = [WorkerState::Started, WorkerState::Finished];
    let states = async {
        loop {
            let run = state(&bench.emulator, run.id()).await;
            assert_eq!(run.unfinished(), Ok(()));
            let of = |state| run.workers().iter().filter(|one| **one == state).count();
            if expected.map(of) == [1, 3] {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let states = tokio::time::timeout(Duration::from_secs(10), states).await;
    states.expect("of four workers, one delivers the only batch");
    bench.messages.set_fault(None);
    let run = ended(&bench.emulator, run.id()).await;
    assert_eq!(run.status(), GlobalStatus::Completed);
}
