//! An emulator over memory, whose runs deliver to a topic, to objects or nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapter_clock::SystemClock;
use adapter_formats::Formats;
use adapter_memory::{MemoryEmulations, MemoryMessages, MemoryObjects, Null};
use emulator_application::models::Models;
use emulator_application::start_emulation::start;
use emulator_application::{
    Defaults, Emulator, EmulatorParts, Limits, ObjectDestination, OnShutdown, emulation_status,
};
use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_domain::plan::{Pace, PlanSpec, Sink};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{DestinationRules, Rate, UserIds};
use emulator_ports::{Destination, SchemaRegistry};

/// An emulator over memory, and what it delivers to.
pub(crate) struct Bench {
    pub(crate) emulator: Emulator,
    pub(crate) messages: MemoryMessages,
    pub(crate) objects: MemoryObjects,
}

pub(crate) fn bench_of(limits: Limits, registry: Option<Arc<dyn SchemaRegistry>>) -> Bench {
    let messages = MemoryMessages::default();
    let objects = MemoryObjects::default();
    let destinations: [(Sink, Arc<dyn Destination>); 3] = [
        (Sink::Kafka, Arc::new(messages.clone())),
        (
            Sink::Minio,
            Arc::new(ObjectDestination::new(
                Arc::new(objects.clone()),
                Arc::new(Formats),
            )),
        ),
        (Sink::Null, Arc::new(Null)),
    ];
    let emulator = Emulator::new(EmulatorParts {
        models: Models::default(),
        destination_rules: DestinationRules::default(),
        repository: Arc::new(MemoryEmulations::new(100)),
        destinations: BTreeMap::from(destinations),
        encoders: Arc::new(Formats),
        registry,
        callbacks: None,
        clock: Arc::new(SystemClock),
        runtime: tokio::runtime::Handle::current(),
        limits,
        threads: 4,
        on_shutdown: OnShutdown::Cancel,
        defaults: Defaults {
            rate: Rate::per_second(10_000.0).expect("in range"),
            pace: Pace::Realtime,
            population: None,
            users: UserIds::CONTRACT,
            labels: Labels::Shown,
        },
    })
    .expect("the machine gives threads");
    Bench {
        emulator,
        messages,
        objects,
    }
}

pub(crate) async fn ended(emulator: &Emulator, id: EmulationId) -> Emulation {
    let mut before = None;
    loop {
        let run = emulation_status::status(emulator, id)
            .await
            .expect("the run is remembered");
        let counts = run.counts();
        assert_eq!(
            counts.generated,
            counts.acknowledged + counts.failed + counts.in_flight()
        );
        assert!(before <= Some(counts.generated), "the count went back");
        before = Some(counts.generated);
        if run.unfinished().is_err() {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl Bench {
    pub(crate) async fn run(&self, spec: PlanSpec) -> Emulation {
        let run = start(&self.emulator, spec)
            .await
            .expect("the run is accepted");
        ended(&self.emulator, run.id()).await
    }
}
