//! Runs of streams: one after another on one timeline, and models that come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use adapter_clock::SystemClock;
use adapter_formats::Formats;
use adapter_memory::{MemoryEmulations, MemoryMessages, Null};
use emulator_application::models::{self, ModelError, Models, OfferedModel};
use emulator_application::resume_emulations::{OnRestart, resume};
use emulator_application::start_emulation::{start, start_together};
use emulator_application::{
    Defaults, Emulator, EmulatorParts, Limits, OnShutdown, cancel_emulation, emulation_status,
};
use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};
use emulator_domain::plan::{EmulationPlan, Format, Pace, PlanSpec, Sink, Timeout, Workers};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{Dataset, DestinationRules, Domain, Rate, Seed, UserIds};
use emulator_model::{Model, Node};
use emulator_ports::{Destination, EmulationRepository};
use serde_json::{Value, json};
use uuid::Uuid;

/// Customers, their orders, and one to three lines for each.
fn shop(customers: u64) -> Model {
    let text = json!({
        "model": "shop",
        "streams": {
            "customer": {"count": customers, "key": "customer_id", "fields": {
                "customer_id": {"sequence": {"start": 1}}
            }},
            "order": {"key": "customer_id", "fields": {
                "order_id": {"uuid": {}},
                "customer_id": {"ref": "customer.customer_id"}
            }},
            "order_line": {"each": "order", "times": {"1": 50, "3": 50}, "key": "order_id", "fields": {
                "order_id": {"parent": "order_id"},
                "line": {"ordinal": {}}
            }}
        }
    });
    let node: Node = serde_json::from_value(text).unwrap();
    Model::compile(&node).unwrap_or_else(|errors| panic!("{errors}"))
}

fn emulator(
    repository: Arc<dyn EmulationRepository>,
    messages: &MemoryMessages,
    models: Models,
) -> Emulator {
    let destinations: [(Sink, Arc<dyn Destination>); 2] = [
        (Sink::Kafka, Arc::new(messages.clone())),
        (Sink::Null, Arc::new(Null)),
    ];
    Emulator::new(EmulatorParts {
        models,
        destination_rules: DestinationRules::default(),
        repository,
        destinations: BTreeMap::from(destinations),
        encoders: Arc::new(Formats),
        registry: None,
        callbacks: None,
        clock: Arc::new(SystemClock),
        runtime: tokio::runtime::Handle::current(),
        limits: Limits {
            running: 4,
            waiting: 4,
        },
        threads: 2,
        on_shutdown: OnShutdown::Cancel,
        defaults: Defaults {
            rate: Rate::per_second(2_000.0).unwrap(),
            pace: Pace::Realtime,
            population: Some(Seed::new(8)),
            users: UserIds::new(1, 5_000).unwrap(),
            labels: Labels::Withheld,
        },
    })
    .unwrap()
}

fn in_memory(models: Models) -> (Emulator, MemoryMessages) {
    let messages = MemoryMessages::default();
    let repository = Arc::new(MemoryEmulations::new(100));
    (emulator(repository, &messages, models), messages)
}

/// The values of a field of all messages of a topic.
fn values(messages: &MemoryMessages, topic: &str, field: &str) -> BTreeSet<String> {
    let messages = messages.messages(topic).unwrap_or_default();
    let value =
        |payload: &[u8]| serde_json::from_slice::<Value>(payload).unwrap()[field].to_string();
    messages
        .iter()
        .map(|message| value(&message.payload))
        .collect()
}

fn one_second(emulator: &Emulator, model: &Model) -> Vec<PlanSpec> {
    let streams = model.streams().iter().cloned();
    let spec = |dataset: Dataset| {
        let is_bounded = dataset.records_of(Seed::new(0), UserIds::CONTRACT);
        let spec = emulator.spec(dataset, Sink::Kafka, Format::Ndjson);
        match is_bounded {
            Some(_) => PlanSpec {
                pace: Pace::Unlimited,
                ..spec
            },
            None => PlanSpec {
                timeout: Timeout::new(1).unwrap(),
                ..spec
            },
        }
    };
    let mut specs: Vec<_> = streams.map(|stream| spec(stream.into())).collect();
    let (seed, start_time) = (specs[0].seed, specs[0].start_time);
    for spec in &mut specs {
        (spec.seed, spec.start_time) = (seed, start_time);
    }
    specs
}

#[tokio::test]
async fn what_a_request_leaves_out_is_as_the_service_or_the_model_has_it() {
    let (emulator, _) = in_memory(Models::default());
    let spec = emulator.spec(Domain::Transaction, Sink::Kafka, Format::Json);
    assert_eq!(spec.population, Some(Seed::new(8)));
    assert_eq!(spec.users, UserIds::new(1, 5_000).unwrap());
    assert_eq!(spec.labels, Labels::Withheld);
    assert_eq!(spec.pace, Pace::Realtime);
    assert_eq!(spec.rate.constant(), Rate::per_second(2_000.0));
    assert_eq!(spec.workers, Workers::new(2).unwrap());
    let another = emulator.spec(Domain::Transaction, Sink::Kafka, Format::Json);
    assert_ne!(spec.seed, another.seed);
    // A model has its own people, and may declare imperfections.
    let node = json!({"model": "m", "streams": {"s": {
        "imperfections": {"missing": 0.25},
        "fields": {"id": {"sequence": {}}}
    }}});
    let node: Node = serde_json::from_value(node).unwrap();
    let model = Model::compile(&node).unwrap();
    let spec = emulator.spec(model.streams()[0].clone(), Sink::Kafka, Format::Json);
    assert_eq!(spec.population, None);
    assert_eq!(spec.imperfections.missing.get(), 0.25);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_along_never_sees_a_record_before_those_that_it_refers_to() {
    let model = shop(300);
    let (emulator, messages) = in_memory(Models::default());
    let started = start_together(&emulator, one_second(&emulator, &model)).await;
    let ids: Vec<_> = started.unwrap().iter().map(Emulation::id).collect();
    let mut looks = 0;
    loop {
        let mut running = false;
        for id in &ids {
            let run = emulation_status::status(&emulator, *id).await.unwrap();
            running |= run.unfinished().is_ok();
            assert_ne!(run.status(), GlobalStatus::Failed, "{:?}", run.error());
        }
        // Whoever refers is read first: what is read later may only be more.
        let lines = values(&messages, "shop-order-line", "order_id");
        let referring = values(&messages, "shop-order", "customer_id");
        let orders = values(&messages, "shop-order", "order_id");
        let customers = values(&messages, "shop-customer", "customer_id");
        assert!(lines.is_subset(&orders) && referring.is_subset(&customers));
        looks += usize::from(!lines.is_empty() && lines.len() < 2_000);
        if !running {
            assert_eq!(
                (customers.len(), orders.len(), lines.len()),
                (300, 2_000, 2_000)
            );
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(looks > 3, "nobody looked while it went on: {looks}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_parents_cannot_be_delivered_children_are_not() {
    let model = shop(300);
    let (emulator, messages) = in_memory(Models::default());
    messages.set_fault(Some(adapter_memory::Fault::FailAfter(100)));
    let started = start_together(&emulator, one_second(&emulator, &model)).await;
    for run in started.unwrap() {
        let ended = loop {
            let run = emulation_status::status(&emulator, run.id()).await.unwrap();
            if run.unfinished().is_err() {
                break run;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert_eq!(ended.status(), GlobalStatus::Failed);
        if *ended.plan().dataset() != Dataset::from(model.streams()[0].clone()) {
            let why = ended.error().unwrap();
            assert!(why.contains("the records of shop/customer"), "{why}");
        }
    }
    assert_eq!(messages.messages("shop-order"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_a_run_uses_stays() {
    let fixed = OfferedModel {
        model: shop(300),
        is_fixed: true,
    };
    let (emulator, _) = in_memory(Models::new([fixed], None));
    let told = models::delete(&emulator, "shop")
        .await
        .unwrap_err()
        .to_string();
    assert!(told.contains("models.dir"), "{told}");

    let (emulator, _) = in_memory(Models::default());
    assert!(emulator.streams().is_empty());
    assert!(!models::put(&emulator, shop(300)).await.unwrap());
    let spec = emulator.spec(emulator.streams()[1].clone(), Sink::Null, Format::Csv);
    let run = start(&emulator, spec).await.unwrap();
    // The same again changes nothing.
    assert!(models::put(&emulator, shop(300)).await.unwrap());
    for refused in [
        models::put(&emulator, shop(301)).await.map(|_| ()),
        models::delete(&emulator, "shop").await,
    ] {
        assert!(matches!(refused, Err(ModelError::InUse { by, .. }) if by == run.id()));
    }
    cancel_emulation::cancel(&emulator, run.id()).await.unwrap();
    while models::delete(&emulator, "shop").await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let unknown = models::delete(&emulator, "shop").await;
    assert!(matches!(unknown, Err(ModelError::Unknown(name)) if name == "shop"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_model_has_changed_is_not_resumed() {
    let repository = Arc::new(MemoryEmulations::new(10));
    let messages = MemoryMessages::default();
    let now = emulator_domain::Timestamp::LATEST;
    let stream = shop(300).streams()[0].clone();
    let spec = PlanSpec::new(Dataset::from(stream), Sink::Kafka, Format::Json);
    let plan = EmulationPlan::new(spec).unwrap();
    let run = Emulation::new(EmulationId::new(Uuid::nil()), plan, now);
    for (customers, status) in [(301, GlobalStatus::Failed), (300, GlobalStatus::Completed)] {
        repository.save(&run).await.unwrap();
        let offered = OfferedModel {
            model: shop(customers),
            is_fixed: true,
        };
        let models = Models::new([offered], None);
        let emulator = emulator(repository.clone(), &messages, models);
        resume(&emulator, OnRestart::Resume).await.unwrap();
        let ended = loop {
            let run = emulation_status::status(&emulator, run.id()).await.unwrap();
            if run.unfinished().is_err() {
                break run;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert_eq!(ended.status(), status, "{:?}", ended.error());
        if status == GlobalStatus::Failed {
            let why = ended.error().unwrap();
            assert!(why.contains("the model shop has changed"), "{why}");
        }
    }
}
