//! Messages whose schema is in a registry.

use std::sync::atomic::{AtomicU32, Ordering};
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

use crate::bench::{Bench, bench_of};
use crate::plans;

/// Answers with these kinds of errors, the last first, and then with an id.
#[derive(Clone, Default)]
pub(crate) struct Registry {
    errors: Arc<Mutex<Vec<DestinationErrorKind>>>,
    pub(crate) registered: Arc<Mutex<Vec<(String, String)>>>,
    /// Is added to the ids.
    pub(crate) moved: Arc<AtomicU32>,
}

impl Registry {
    fn id(&self) -> SchemaId {
        SchemaId(ID.0 + self.moved.load(Ordering::Relaxed))
    }
}

const ID: SchemaId = SchemaId(0x0102_0304);

#[async_trait]
impl SchemaRegistry for Registry {
    fn is_for_json(&self) -> bool {
        true
    }

    async fn register(
        &self,
        subject: &str,
        language: SchemaLanguage,
        schema: &str,
    ) -> Result<SchemaId, DestinationError> {
        if let Some(kind) = self.errors.lock().unwrap().pop() {
            return Err(DestinationError::new(kind, "the registry says no"));
        }
        assert_ne!(language, SchemaLanguage::Sql);
        let entry = (subject.to_owned(), schema.to_owned());
        self.registered.lock().unwrap().push(entry);
        Ok(self.id())
    }

    async fn find(
        &self,
        subject: &str,
        _: SchemaLanguage,
        schema: &str,
    ) -> Result<Option<SchemaId>, DestinationError> {
        let registered = self.registered.lock().unwrap();
        let entry = (subject.to_owned(), schema.to_owned());
        Ok(registered.contains(&entry).then(|| self.id()))
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
    // Only one that is away may come back.
    for (kind, failure) in [
        (DestinationErrorKind::Refused, FailureKind::Refused),
        (DestinationErrorKind::NotFound, FailureKind::NotFound),
        (DestinationErrorKind::Forbidden, FailureKind::Forbidden),
        (
            DestinationErrorKind::Unauthenticated,
            FailureKind::Unauthenticated,
        ),
        (DestinationErrorKind::Full, FailureKind::Full),
        (DestinationErrorKind::Interrupted, FailureKind::Interrupted),
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
        spec("ndjson"),
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

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_values_have_schemas_of_their_own_under_the_subjects_of_the_strategy() {
    use emulator_domain::plan::{KeyFormat, Messages, SubjectStrategy};
    for (format, key_format, subject_strategy, subjects) in [
        (
            "avro",
            KeyFormat::Avro,
            SubjectStrategy::Topic,
            &["transactions-key", "transactions-value"][..],
        ),
        (
            "json",
            KeyFormat::String,
            SubjectStrategy::Topic,
            &["transactions-value"],
        ),
        (
            "csv",
            KeyFormat::Json,
            SubjectStrategy::TopicRecord,
            &["transactions-TransactionKey"],
        ),
        (
            "protobuf",
            KeyFormat::None,
            SubjectStrategy::Record,
            &["data_emulator.Transaction"],
        ),
    ] {
        let registry = Registry::default();
        let bench = bench(&registry);
        let messages = Messages {
            key_format,
            subject_strategy,
            ..Messages::default()
        };
        let run = bench
            .run(PlanSpec {
                messages,
                ..spec(format)
            })
            .await;
        assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
        let registered = registry.registered.lock().unwrap();
        let found: Vec<_> = registered
            .iter()
            .map(|(subject, _)| subject.as_str())
            .collect();
        assert_eq!(found, subjects);
    }
}
