//! Messages whose schema is in a registry.

use std::sync::{Arc, Mutex};

use adapter_formats::Formats;
use adapter_memory::MemoryTopic;
use async_trait::async_trait;
use emulator_application::Limits;
use emulator_application::verify_delivery::{Delivered, DeliverySource, VerifyError, verify};
use emulator_domain::emulation::{FailureKind, GlobalStatus};
use emulator_domain::plan::PlanSpec;
use emulator_ports::{
    DestinationError, DestinationErrorKind, SchemaId, SchemaLanguage, SchemaRegistry,
};

use crate::plans;
use crate::runs::{Bench, bench_of};

/// Answers with these kinds of errors, the last first, and then with an id.
#[derive(Clone, Default)]
struct Registry {
    errors: Arc<Mutex<Vec<DestinationErrorKind>>>,
    registered: Arc<Mutex<Vec<(String, String)>>>,
}

const ID: SchemaId = SchemaId(0x0102_0304);

#[async_trait]
impl SchemaRegistry for Registry {
    async fn register(
        &self,
        subject: &str,
        language: SchemaLanguage,
        schema: &str,
    ) -> Result<SchemaId, DestinationError> {
        if let Some(kind) = self.errors.lock().unwrap().pop() {
            return Err(DestinationError::new(kind, "the registry says no"));
        }
        assert_eq!(language, SchemaLanguage::Avro);
        let entry = (subject.to_owned(), schema.to_owned());
        self.registered.lock().unwrap().push(entry);
        Ok(ID)
    }

    async fn find(
        &self,
        subject: &str,
        _: SchemaLanguage,
        schema: &str,
    ) -> Result<Option<SchemaId>, DestinationError> {
        let registered = self.registered.lock().unwrap();
        let entry = (subject.to_owned(), schema.to_owned());
        Ok(registered.contains(&entry).then_some(ID))
    }
}

fn bench(registry: &Registry) -> Bench {
    let limits = Limits {
        running: 4,
        waiting: 4,
    };
    bench_of(limits, Some(Arc::new(registry.clone())))
}

fn spec(format: &str) -> PlanSpec {
    PlanSpec {
        count: plans::count(2_000),
        ..plans::spec("kafka", "transaction", format, "grouped")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_for_its_registry_and_its_messages_begin_with_the_id() {
    use DestinationErrorKind::Unreachable;
    let registry = Registry::default();
    *registry.errors.lock().unwrap() = vec![Unreachable, Unreachable];
    let bench = bench(&registry);
    let run = bench.run(spec("avro")).await;
    assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
    let registered = registry.registered.lock().unwrap().clone();
    assert_eq!(registered.len(), 1);
    assert_eq!(registered[0].0, "transactions-value");
    let messages = bench.messages.messages("transactions").unwrap();
    let framed = |payload: &[u8]| payload.starts_with(&[0, 1, 2, 3, 4, 72]);
    assert!(messages.iter().all(|message| framed(&message.payload)));

    let payloads: Vec<_> = messages
        .iter()
        .map(|message| message.payload.clone())
        .collect();
    let source = |payloads| {
        let topic = MemoryTopic::new("transactions", vec![payloads]);
        DeliverySource::Messages(Arc::new(topic))
    };
    let delivered = Delivered {
        id: run.id(),
        plan: run.plan().clone(),
        status: run.status(),
        generated: 2_000,
        acknowledged: 2_000,
    };
    let report = |payloads, registry| {
        let (source, delivered) = (source(payloads), delivered.clone());
        async move {
            let registry = registry as &dyn SchemaRegistry;
            verify(&delivered, &source, &Formats, Some(registry), &|_| {}).await
        }
    };
    let sound = report(payloads.clone(), &registry).await.unwrap();
    assert!(
        sound.is_sound() && sound.totals.intact == 2_000,
        "{sound:?}"
    );
    // Another id leads readers to another schema.
    let mut mangled = payloads.clone();
    mangled[7][4] = 5;
    let report_of_mangled = report(mangled, &registry).await.unwrap();
    assert_eq!(report_of_mangled.totals.corrupt, 1);
    let elsewhere = Registry::default();
    let error = report(payloads, &elsewhere).await.unwrap_err();
    assert!(matches!(error, VerifyError::Schema { .. }), "{error}");
    assert!(elsewhere.registered.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_refuses_ends_the_run_before_its_first_record() {
    for (kind, failure) in [
        (DestinationErrorKind::Refused, FailureKind::Refused),
        (
            DestinationErrorKind::Unauthenticated,
            FailureKind::Unauthenticated,
        ),
    ] {
        let registry = Registry::default();
        registry.errors.lock().unwrap().push(kind);
        let bench = bench(&registry);
        let run = bench.run(spec("avro")).await;
        assert_eq!(run.status(), GlobalStatus::Failed);
        assert_eq!(run.failure().unwrap().kind, failure);
        assert_eq!(run.error(), Some("the registry says no"));
        assert_eq!(run.counts().generated, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_schema_asks_no_registry() {
    let registry = Registry::default();
    let bench = bench(&registry);
    for spec in [
        spec("json"),
        PlanSpec {
            count: plans::count(2_000),
            ..plans::spec("minio", "transaction", "avro", "grouped")
        },
    ] {
        let run = bench.run(spec).await;
        assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
    }
    assert!(registry.registered.lock().unwrap().is_empty());
}
