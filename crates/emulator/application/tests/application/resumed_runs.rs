//! Runs that one process leaves and the next carries on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapter_memory::{MemoryEmulations, MemoryObjects};
use emulator_application::cancel_emulation;
use emulator_application::resume_emulations::{INTERRUPTED, OnRestart, resume};
use emulator_application::start_emulation::start_reproducibly;
use emulator_domain::emulation::{Emulation, FailureKind, GlobalStatus, WorkerState};
use emulator_domain::imperfection::{Imperfections, Share, Skew};
use emulator_domain::plan::{Pace, PlanSpec, Timeout, Workers};
use emulator_domain::{Rate, Seed, Span};
use emulator_ports::EmulationRepository;
use tokio::time::sleep;

use crate::plans;
use crate::processes::{NOW, World, beyond, ended, state, stop};
use crate::registered::Registry;

const RECORDS: u64 = 40_000;
const HOUR: i64 = 3_600_000_000;

fn spec(sink: &str, domain: &str, format: &str, sync_type: &str) -> PlanSpec {
    // What is counted of records is counted through crashes, too.
    let clock_skew = (domain == "device-log").then(|| Skew {
        share: Share::new(0.3).unwrap(),
        bound: Span::seconds(60.0).unwrap(),
        device: "device_id".to_owned(),
    });
    PlanSpec {
        imperfections: Imperfections {
            clock_skew,
            ..Imperfections::default()
        },
        timeout: Timeout::new(3600).unwrap(),
        count: plans::count(RECORDS),
        start_time: NOW,
        workers: Workers::MAX,
        ..plans::spec(sink, domain, format, sync_type)
    }
}

const KINDS: [(&str, &str, &str); 4] = [
    ("transaction", "json", "chunked"),
    ("device-log", "csv", "chunked"),
    ("device-log", "csv", "grouped"),
    ("user-profile", "json", "single"),
];

/// Enough for a run to be met in the middle several times.
fn count(sync_type: &str) -> u64 {
    match sync_type {
        "single" => 8000,
        _ => RECORDS,
    }
}

/// A run that nobody disturbs.
async fn undisturbed(spec: PlanSpec) -> (Emulation, BTreeMap<String, Vec<u8>>) {
    let world = World::new();
    let emulator = world.process();
    let run = start_reproducibly(&emulator, spec)
        .await
        .expect("the run is accepted");
    let run = ended(&emulator, run.id()).await;
    assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
    let objects = world.objects.all(run.plan().destination());
    (run, objects)
}

fn assert_equal(one: &Emulation, other: &Emulation) {
    assert_eq!((one.status(), one.error()), (other.status(), other.error()));
    assert_eq!(one.counts(), other.counts());
    let is_skewed = one.plan().deliveries().is_some();
    assert_eq!(one.counts().skewed > 0, is_skewed);
    assert_eq!(one.checkpoint(), other.checkpoint());
    assert_eq!(one.plan(), other.plan());
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_an_interrupted_run_are_those_of_an_undisturbed_one() {
    for (domain, format, sync_type) in KINDS {
        let spec = PlanSpec {
            count: plans::count(count(sync_type)),
            ..spec("minio", domain, format, sync_type)
        };
        let (whole, expected) = undisturbed(spec.clone()).await;
        let world = World::new();
        let emulator = world.process();
        let run = start_reproducibly(&emulator, spec).await.unwrap();
        let (id, container) = (run.id(), run.plan().destination().to_owned());
        let mut emulator = Some(emulator);
        for part in 1..=3 {
            let process = emulator.take().unwrap();
            let records = match sync_type {
                // It begins anew each time.
                "grouped" => 4000,
                _ => part * count(sync_type) / 5,
            };
            beyond(&process, id, records).await;
            stop(process).await;
            for (name, object) in world.objects.all(&container) {
                assert!(expected[&name] == object, "{name} is whole or not there");
            }
            let next = world.process();
            let left = state(&next, id).await;
            assert_eq!(left.status(), GlobalStatus::Processing);
            assert!(sync_type == "grouped" || left.checkpoint().next_index > 0);
            assert_eq!(resume(&next, OnRestart::Resume).await.unwrap(), [id]);
            emulator = Some(next);
        }
        let run = ended(&emulator.unwrap(), id).await;
        assert_equal(&run, &whole);
        let objects = world.objects.all(&container);
        assert!(objects == expected, "{domain} {format} {sync_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_a_killed_run_are_those_of_an_undisturbed_one() {
    for (domain, format, sync_type) in KINDS {
        let spec = PlanSpec {
            count: plans::count(count(sync_type)),
            ..spec("minio", domain, format, sync_type)
        };
        let (whole, expected) = undisturbed(spec.clone()).await;
        let world = World::new();
        let emulator = world.process();
        let run = start_reproducibly(&emulator, spec).await.unwrap();
        let (id, end) = (run.id(), run.plan().end());
        beyond(&emulator, id, end / 4).await;
        // What was on the disk when the process was killed, some time later.
        let old = state(&emulator, id).await;
        beyond(&emulator, id, end / 2).await;
        stop(emulator).await;

        let memory = Arc::new(MemoryEmulations::new(1));
        memory.save(&old).await.unwrap();
        let emulator = world.process_over(memory);
        assert_eq!(resume(&emulator, OnRestart::Resume).await.unwrap(), [id]);
        let run = ended(&emulator, id).await;
        assert_equal(&run, &whole);
        let objects = world.objects.all(run.plan().destination());
        assert!(objects == expected, "{domain} {format} {sync_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_come_again_only_if_they_were_not_known_to_be_acknowledged() {
    for is_killed in [true, false] {
        let world = World::new();
        let emulator = world.process();
        let paced = PlanSpec {
            pace: Pace::Realtime,
            rate: Rate::new(5000.0).unwrap().into(),
            // The clock stands still: all of it is due.
            start_time: NOW.moved(-HOUR),
            ..spec("kafka", "transaction", "json", "grouped")
        };
        let run = start_reproducibly(&emulator, paced).await.unwrap();
        let (id, end) = (run.id(), run.plan().end());
        let mut old = state(&emulator, id).await;
        while old.checkpoint().next_index == 0 {
            sleep(Duration::from_millis(2)).await;
            old = state(&emulator, id).await;
        }
        stop(emulator).await;
        let sent = world.messages.messages("transactions").unwrap().len() as u64;
        let left = match is_killed {
            // What was on the disk when the process was killed, some time before.
            true => old,
            false => state(&world.process(), id).await,
        };
        let known = left.checkpoint().next_index;
        assert!(known > 0 && known <= sent);
        assert!(is_killed || known == sent, "{known} of {sent}");

        let memory = Arc::new(MemoryEmulations::new(1));
        memory.save(&left).await.unwrap();
        let emulator = world.process_over(memory);
        resume(&emulator, OnRestart::Resume).await.unwrap();
        let run = ended(&emulator, id).await;
        assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
        assert_eq!(run.counts().acknowledged, end);
        let messages = world.messages.messages("transactions").unwrap();
        let expected = (0..sent).chain(known..end);
        assert!(messages.iter().map(|message| message.index).eq(expected));
        let bytes: usize = messages[..sent as usize]
            .iter()
            .take(known as usize)
            .chain(&messages[sent as usize..])
            .map(|message| message.payload.len())
            .sum();
        assert_eq!(run.counts().bytes, bytes as u64);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_waited_are_resumed_in_their_order_and_a_cancelled_one_is_not() {
    let world = World::new();
    let emulator = world.process();
    let mut ids = Vec::new();
    for seed in 0..6 {
        let spec = PlanSpec {
            seed: Seed::new(seed),
            ..spec("minio", "transaction", "json", "chunked")
        };
        world.clock.advance(1_000_000);
        ids.push(start_reproducibly(&emulator, spec).await.unwrap().id());
    }
    beyond(&emulator, ids[0], 0).await;
    for id in [ids[1], ids[4]] {
        cancel_emulation::cancel(&emulator, id).await.unwrap();
        let run = ended(&emulator, id).await;
        assert_eq!(run.status(), GlobalStatus::Cancelled);
    }
    stop(emulator).await;
    let emulator = world.process();
    let left = [ids[0], ids[2], ids[3], ids[5]];
    assert_eq!(resume(&emulator, OnRestart::Resume).await.unwrap(), left);
    for id in left {
        let run = ended(&emulator, id).await;
        assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
        assert_eq!(run.counts().acknowledged, RECORDS);
    }
    stop(emulator).await;
    let emulator = world.process();
    assert_eq!(resume(&emulator, OnRestart::Resume).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_are_not_resumed_have_failed_with_the_reason_and_their_counts() {
    let world = World::new();
    let emulator = world.process();
    let run = start_reproducibly(&emulator, spec("minio", "transaction", "json", "chunked"))
        .await
        .unwrap();
    beyond(&emulator, run.id(), 5000).await;
    stop(emulator).await;
    let emulator = world.process();
    let failed = resume(&emulator, OnRestart::MarkFailed).await.unwrap();
    assert_eq!(failed, [run.id()]);
    let run = state(&emulator, run.id()).await;
    assert_eq!(
        (run.status(), run.error()),
        (GlobalStatus::Failed, Some(INTERRUPTED))
    );
    assert!(run.workers().iter().all(|w| *w == WorkerState::Error));
    let counts = run.counts();
    assert!(counts.acknowledged > 0 && counts.in_flight() == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeout_of_an_unlimited_run_goes_on_while_there_is_no_process() {
    for (sync_type, timeout_is_over, status) in [
        ("chunked", true, GlobalStatus::Completed),
        ("chunked", false, GlobalStatus::Completed),
        ("grouped", true, GlobalStatus::Failed),
    ] {
        let world = World::new();
        let emulator = world.process();
        let spec = spec("minio", "transaction", "json", sync_type);
        let run = start_reproducibly(&emulator, spec).await.unwrap();
        beyond(&emulator, run.id(), 5000).await;
        stop(emulator).await;
        let before = world.objects.all("transactions");
        world
            .clock
            .advance(if timeout_is_over { HOUR } else { HOUR / 2 });
        let emulator = world.process();
        resume(&emulator, OnRestart::Resume).await.unwrap();
        let run = ended(&emulator, run.id()).await;
        assert_eq!(run.status(), status, "{:?}", run.error());
        let after = world.objects.all("transactions");
        assert_eq!(after == before, timeout_is_over);
        assert_eq!(run.counts().acknowledged, run.checkpoint().next_index);
        assert_eq!(run.counts().acknowledged == RECORDS, !timeout_is_over);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_not_continued_in_another_place() {
    let mut world = World::new();
    let process = world.process();
    let spec = spec("minio", "device-log", "csv", "chunked");
    let id = start_reproducibly(&process, spec).await.unwrap().id();
    beyond(&process, id, 8000).await;
    assert_eq!(state(&process, id).await.location(), Some("memory"));
    stop(process).await;
    let first = world.objects.clone();
    let container = state(&world.process(), id)
        .await
        .plan()
        .destination()
        .to_owned();
    let delivered = first.all(&container);
    assert!(!delivered.is_empty(), "the run was met in the middle");

    world.objects = MemoryObjects::default();
    world.location = "another memory".to_owned();
    let next = world.process();
    assert_eq!(resume(&next, OnRestart::Resume).await.unwrap(), [id]);
    let run = ended(&next, id).await;
    assert_eq!(run.status(), GlobalStatus::Failed);
    let failure = run.failure().unwrap();
    assert_eq!(failure.kind, FailureKind::Refused);
    for part in [
        "began to deliver to memory,",
        "now lead to another memory:",
        "Start a new run",
    ] {
        assert!(failure.message.contains(part), "{}", failure.message);
    }
    assert!(!world.objects.has(&container), "nothing is created there");
    assert_eq!(first.all(&container), delivered, "nor changed where it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_before_a_restart_leaves_no_run_standing() {
    let world = World::new();
    let emulator = world.process();
    let paced = PlanSpec {
        pace: Pace::Realtime,
        rate: Rate::new(1000.0).unwrap().into(),
        count: plans::count(1000),
        // Half of it is due at once, the rest within half a second.
        start_time: NOW.moved(-500_000),
        ..spec("kafka", "transaction", "json", "grouped")
    };
    let run = start_reproducibly(&emulator, paced).await.unwrap();
    beyond(&emulator, run.id(), 500).await;
    stop(emulator).await;
    world.clock.set(NOW.moved(-HOUR));
    let emulator = world.process();
    resume(&emulator, OnRestart::Resume).await.unwrap();
    let run = tokio::time::timeout(Duration::from_secs(20), ended(&emulator, run.id())).await;
    let run = run.expect("the run goes on at once, not in an hour");
    assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_only_with_the_schema_that_it_began_with() {
    type Change = fn(&Registry);
    let changes: [(Change, Option<&str>); 3] = [
        (|_| {}, None),
        (
            |registry| registry.registered.lock().unwrap().clear(),
            Some("has no longer the schema under 'transactions-value'"),
        ),
        (
            |registry| {
                registry
                    .moved
                    .store(1, std::sync::atomic::Ordering::Relaxed)
            },
            Some("with values of schema 16909060"),
        ),
    ];
    for (change, refusal) in changes {
        let mut world = World::new();
        let registry = Registry::default();
        world.registry = Some(registry.clone());
        let emulator = world.process();
        let paced = PlanSpec {
            pace: Pace::Realtime,
            rate: Rate::new(1000.0).unwrap().into(),
            count: plans::count(1000),
            start_time: NOW.moved(-500_000),
            ..spec("kafka", "transaction", "avro", "grouped")
        };
        let run = start_reproducibly(&emulator, paced).await.unwrap();
        beyond(&emulator, run.id(), 500).await;
        stop(emulator).await;
        change(&registry);
        let before = registry.registered.lock().unwrap().len();
        let emulator = world.process();
        resume(&emulator, OnRestart::Resume).await.unwrap();
        let run = ended(&emulator, run.id()).await;
        match refusal {
            None => assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None)),
            Some(part) => {
                let failure = run.failure().unwrap();
                assert_eq!(failure.kind, FailureKind::Refused);
                assert!(failure.message.contains(part), "{}", failure.message);
            }
        }
        assert_eq!(
            registry.registered.lock().unwrap().len(),
            before,
            "nothing is registered"
        );
    }
}
