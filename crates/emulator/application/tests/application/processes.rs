//! Processes that follow each other, and what outlives them: a file of state, and destinations in
//! memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapter_formats::Formats;
use adapter_memory::{HeldClock, MemoryMessages, MemoryObjects};
use adapter_redb::{OnDamage, RedbEmulations, Retention};
use async_trait::async_trait;
use emulator_application::models::Models;
use emulator_application::{
    Defaults, Emulator, EmulatorParts, Limits, ObjectDestination, OnShutdown, emulation_status,
};
use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_domain::plan::{Format, Pace, Sink};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{DestinationRules, Rate, Timestamp, UserIds};
use emulator_ports::{
    Callbacks, Destination, DestinationError, EmulationRepository, Finished, ObjectStore,
    ObjectWriter,
};
use tokio::time::sleep;

use crate::registered::Registry;

pub(crate) const NOW: Timestamp = Timestamp::EARLIEST.moved(1_767_225_600_000_000);

/// What outlives a process.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) objects: MemoryObjects,
    /// What the store of objects calls itself.
    pub(crate) location: String,
    pub(crate) messages: MemoryMessages,
    pub(crate) registry: Option<Registry>,
    pub(crate) callbacks: Option<Arc<dyn Callbacks>>,
    pub(crate) clock: Arc<HeldClock>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("there is room for a folder"),
            objects: MemoryObjects::default(),
            location: "memory".to_owned(),
            messages: MemoryMessages::default(),
            registry: None,
            callbacks: None,
            clock: Arc::new(HeldClock::new(NOW)),
        }
    }

    /// A process that remembers its runs in the folder.
    pub(crate) fn process(&self) -> Emulator {
        self.process_over(Arc::new(file(self.folder.path())))
    }

    pub(crate) fn process_over(&self, repository: Arc<dyn EmulationRepository>) -> Emulator {
        // Slow enough for a run to be met in the middle.
        let slow = SlowObjects {
            location: self.location.clone(),
            per_write: Duration::from_millis(16),
            concurrency: 3,
            ..SlowObjects::new(self.objects.clone(), Duration::from_millis(1))
        };
        let destinations: [(Sink, Arc<dyn Destination>); 2] = [
            (Sink::Kafka, Arc::new(self.messages.clone())),
            (
                Sink::Minio,
                Arc::new(ObjectDestination::new(Arc::new(slow), Arc::new(Formats))),
            ),
        ];
        Emulator::new(EmulatorParts {
            models: Models::default(),
            destination_rules: DestinationRules::default(),
            repository,
            destinations: BTreeMap::from(destinations),
            encoders: Arc::new(Formats),
            registry: (self.registry.clone()).map(|registry| Arc::new(registry) as _),
            callbacks: self.callbacks.clone(),
            clock: self.clock.clone(),
            runtime: tokio::runtime::Handle::current(),
            limits: Limits {
                running: 2,
                waiting: 8,
            },
            threads: 2,
            defaults: Defaults {
                rate: Rate::per_second(10_000.0).expect("in range"),
                pace: Pace::Unlimited,
                population: None,
                users: UserIds::CONTRACT,
                labels: Labels::Shown,
            },
            on_shutdown: OnShutdown::Leave,
        })
        .expect("the machine gives threads")
    }
}

fn file(folder: &Path) -> RedbEmulations {
    let keep = Retention {
        finished: 100,
        age: Duration::from_secs(1_000_000_000),
    };
    RedbEmulations::open(folder, keep, OnDamage::Fail).expect("the file is whole and free")
}

/// Objects in memory that take their time.
#[derive(Clone)]
pub(crate) struct SlowObjects {
    objects: MemoryObjects,
    /// What the store calls itself.
    location: String,
    /// For each large piece of an object.
    per_write: Duration,
    /// Until an object is stored.
    per_object: Duration,
    concurrency: usize,
    /// The names that it was asked to reclaim, and whether nothing had been written yet.
    pub(crate) reclaimed: Arc<Mutex<Vec<(String, bool)>>>,
}

impl SlowObjects {
    pub(crate) fn new(objects: MemoryObjects, per_object: Duration) -> Self {
        Self {
            location: objects.location(),
            objects,
            per_write: Duration::ZERO,
            per_object,
            concurrency: 4,
            reclaimed: Arc::default(),
        }
    }
}

#[async_trait]
impl ObjectStore for SlowObjects {
    async fn prepare(&self, container: &str) -> Result<(), DestinationError> {
        self.objects.prepare(container).await
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        self.objects.probe().await
    }

    async fn create(
        &self,
        container: &str,
        name: &str,
        format: Format,
    ) -> Result<Box<dyn ObjectWriter>, DestinationError> {
        let writer = self.objects.create(container, name, format).await?;
        Ok(Box::new(SlowWriter {
            writer,
            per_write: self.per_write,
            per_object: self.per_object,
        }))
    }

    async fn reclaim(&self, container: &str, names: &[String]) -> Result<(), DestinationError> {
        let is_first = self.objects.all(container).is_empty();
        let names = names.iter().map(|name| (name.clone(), is_first));
        self.reclaimed.lock().unwrap().extend(names);
        Ok(())
    }

    async fn remove(
        &self,
        container: &str,
        prefix: &str,
        unwanted: &(dyn for<'n> Fn(&'n str) -> bool + Sync),
    ) -> Result<u64, DestinationError> {
        self.objects.remove(container, prefix, unwanted).await
    }

    fn location(&self) -> String {
        self.location.clone()
    }

    fn concurrency(&self) -> usize {
        self.concurrency
    }
}

struct SlowWriter {
    writer: Box<dyn ObjectWriter>,
    per_write: Duration,
    per_object: Duration,
}

#[async_trait]
impl ObjectWriter for SlowWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), DestinationError> {
        if bytes.len() > 10_000 && !self.per_write.is_zero() {
            sleep(self.per_write).await;
        }
        self.writer.write(bytes).await
    }

    fn finish(self: Box<Self>) -> Finished {
        Box::pin(async move {
            sleep(self.per_object).await;
            self.writer.finish().await
        })
    }
}

pub(crate) async fn state(emulator: &Emulator, id: EmulationId) -> Emulation {
    emulation_status::status(emulator, id)
        .await
        .expect("the run is remembered")
}

pub(crate) async fn ended(emulator: &Emulator, id: EmulationId) -> Emulation {
    loop {
        let run = state(emulator, id).await;
        if run.unfinished().is_err() {
            return run;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// Returns when the run has generated more than `records`.
pub(crate) async fn beyond(emulator: &Emulator, id: EmulationId, records: u64) {
    while state(emulator, id).await.counts().generated <= records {
        sleep(Duration::from_millis(2)).await;
    }
}

/// Ends the process as SIGTERM does; all its runs have stopped.
pub(crate) async fn stop(emulator: Emulator) {
    assert_eq!(emulator.shut_down(Duration::from_secs(10)).await, []);
}
