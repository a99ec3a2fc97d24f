//! Runs from request to end, over adapters in memory.

use std::time::Duration;

use adapter_memory::Fault;
use emulator_application::start_emulation::{StartError, start, start_reproducibly};
use emulator_application::{Limits, cancel_emulation, emulation_status, readiness, sample};
use emulator_domain::emulation::{GlobalStatus, WorkerState};
use emulator_domain::plan::{Format, Pace, PlanSpec, Sink, Timeout, Workers};
use emulator_domain::{Domain, Rate, Seed};

use crate::bench::{Bench, bench_of, ended};
use crate::plans;

fn bench() -> Bench {
    bench_with(Limits {
        running: 4,
        waiting: 4,
    })
}

fn bench_with(limits: Limits) -> Bench {
    bench_of(limits, None)
}

/// An unlimited run of 10,000 transactions from a fixed seed and time.
fn spec(sink: &str, sync_type: &str) -> PlanSpec {
    PlanSpec {
        timeout: Timeout::new(3600).unwrap(),
        count: plans::count(10_000),
        workers: Workers::MAX,
        ..plans::spec(sink, "transaction", "json", sync_type)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_arrives_once_and_in_order() {
    let bench = bench();
    let run = bench.run(spec("kafka", "grouped")).await;
    assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
    assert!(
        run.workers()
            .iter()
            .all(|worker| *worker == WorkerState::Finished)
    );
    let counts = run.counts();
    assert_eq!((counts.generated, counts.acknowledged), (10_000, 10_000));
    let messages = bench.messages.messages("transactions").unwrap();
    assert!(messages.iter().map(|message| message.index).eq(0..10_000));
    let bytes: usize = messages.iter().map(|message| message.payload.len()).sum();
    assert_eq!(counts.bytes, bytes as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_the_same_from_any_number_of_workers() {
    for (domain, format, sync_type) in [
        ("transaction", "json", "chunked"),
        ("transaction", "csv", "chunked"),
        ("device-log", "ndjson", "grouped"),
        ("device-log", "json", "grouped"),
        ("user-profile", "csv", "grouped"),
        ("user-profile", "json", "single"),
    ] {
        let mut first = None;
        for workers in [1, 2, 7, 64] {
            let bench = bench();
            let spec = PlanSpec {
                count: plans::count(3_333),
                workers: Workers::new(workers).unwrap(),
                ..plans::spec("minio", domain, format, sync_type)
            };
            let run = start_reproducibly(&bench.emulator, spec).await.unwrap();
            let run = ended(&bench.emulator, run.id()).await;
            assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
            let objects = bench.objects.all(run.plan().destination());
            let first = first.get_or_insert_with(|| objects.clone());
            assert!(
                *first == objects,
                "{domain} {format} {sync_type} with {workers} workers"
            );
        }
        let objects = first.unwrap();
        match sync_type {
            "grouped" => assert_eq!(objects.len(), 1),
            "single" => assert_eq!(objects.len(), 3_333),
            _ => assert!(objects.len() > 3),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_an_earlier_run_of_the_same_id_had_more_are_removed() {
    let bench = bench();
    let spec = spec("minio", "chunked");
    let run = start_reproducibly(&bench.emulator, spec.clone())
        .await
        .unwrap();
    ended(&bench.emulator, run.id()).await;
    let own = bench.objects.all("transactions");
    let id = run.id();
    for name in [
        "part-00999.json",
        "part-100000.json",
        "part-00999.csv",
        "part-7.json",
        "notes",
    ] {
        let name = format!("{id}/{name}");
        bench
            .objects
            .insert("transactions", &name, Vec::new())
            .unwrap();
    }
    let run = start_reproducibly(&bench.emulator, spec).await.unwrap();
    let run = ended(&bench.emulator, run.id()).await;
    assert_eq!((run.id(), run.status()), (id, GlobalStatus::Completed));
    let mut left = bench.objects.all("transactions");
    left.retain(|name, _| !own.contains_key(name));
    let left: Vec<_> = left.keys().map(|name| &name[37..]).collect();
    assert_eq!(left, ["notes", "part-00999.csv", "part-7.json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_closed_by_the_record_that_brings_it_to_the_size() {
    let bench = bench();
    let run = bench
        .run(PlanSpec {
            format: Format::Csv,
            ..spec("minio", "chunked")
        })
        .await;
    let objects = bench.objects.all("transactions");
    let mut rows = 0;
    for (number, (name, object)) in objects.iter().enumerate() {
        assert_eq!(*name, format!("{}/part-{number:05}.csv", run.id()));
        let text = std::str::from_utf8(object).unwrap();
        let mut lines = text.split_inclusive('\n');
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("emulation_id,event_timestamp,transaction_id,")
        );
        let last = lines.next_back().unwrap();
        rows += lines.count() + 1;
        if number + 1 < objects.len() {
            assert!(text.len() >= 100_000 && text.len() - last.len() < 100_000);
        }
    }
    assert_eq!(rows, 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_ends_the_run_as_failed_with_the_reason() {
    for (fault, reason) in [
        (Fault::RefuseOpen, "not to answer"),
        (Fault::FailAfter(4_321), "fail"),
    ] {
        let bench = bench();
        bench.messages.set_fault(Some(fault));
        let run = bench.run(spec("kafka", "grouped")).await;
        assert_eq!(run.status(), GlobalStatus::Failed);
        let error = run.error().unwrap();
        assert!(error.contains(reason), "{error}");
        // A worker whose batches had all been delivered before has finished.
        let (ends, delivered) = (run.workers(), matches!(fault, Fault::FailAfter(_)));
        assert!(ends.contains(&WorkerState::Error), "{ends:?}");
        assert!(
            ends.iter()
                .all(|end| *end == WorkerState::Error
                    || (delivered && *end == WorkerState::Finished)),
            "{ends:?}"
        );
        let counts = run.counts();
        assert_eq!(counts.in_flight(), 0);
        if let Fault::FailAfter(records) = fault {
            assert_eq!(counts.acknowledged, records);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_run_shows_its_lag_and_can_be_cancelled() {
    let bench = bench();
    bench.messages.set_fault(Some(Fault::Stall));
    let stalled = PlanSpec {
        pace: Pace::Realtime,
        start_time: bench.emulator.now(),
        ..spec("kafka", "grouped")
    };
    let run = start(&bench.emulator, stalled).await.unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    let run = emulation_status::status(&bench.emulator, run.id())
        .await
        .unwrap();
    assert!(run.lag_seconds() > 0.1, "{}", run.lag_seconds());
    assert!(run.counts().in_flight() > 0);
    cancel_emulation::cancel(&bench.emulator, run.id())
        .await
        .unwrap();
    bench.messages.set_fault(None);
    let run = ended(&bench.emulator, run.id()).await;
    assert_eq!(run.status(), GlobalStatus::Cancelled);
    assert_eq!(run.counts().in_flight(), 0);
    let again = cancel_emulation::cancel(&bench.emulator, run.id())
        .await
        .unwrap_err();
    assert_eq!(
        again.to_string(),
        format!(
            "Emulation ID {} was not changed: it is cancelled already; only a run that is \
             processing or paused can be paused, resumed, cancelled or given another rate. Its name \
             and labels can still be changed; to deliver the same records again, start a run with \
             the plan of its manifest",
            run.id()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn more_runs_than_the_limits_allow_are_refused_and_the_others_end() {
    let bench = bench_with(Limits {
        running: 2,
        waiting: 3,
    });
    bench.messages.set_fault(Some(Fault::Stall));
    let mut accepted = Vec::new();
    for _ in 0..5 {
        accepted.push(
            start(&bench.emulator, spec("kafka", "grouped"))
                .await
                .unwrap()
                .id(),
        );
    }
    let refused = start(&bench.emulator, spec("kafka", "grouped"))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StartError::Busy { limit: 5, .. }),
        "{refused}"
    );
    let waiting = accepted[4];
    cancel_emulation::cancel(&bench.emulator, waiting)
        .await
        .unwrap();
    assert_eq!(
        ended(&bench.emulator, waiting).await.status(),
        GlobalStatus::Cancelled
    );
    bench.messages.set_fault(None);
    for id in &accepted[..4] {
        assert_eq!(
            ended(&bench.emulator, *id).await.status(),
            GlobalStatus::Completed
        );
    }
    assert_eq!(
        bench.messages.messages("transactions").unwrap().len(),
        40_000
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_winds_up_what_runs_and_takes_nothing_new() {
    let bench = bench();
    let endless = PlanSpec {
        count: None,
        ..spec("kafka", "grouped")
    };
    let run = start(&bench.emulator, endless).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(bench.emulator.shut_down(Duration::from_secs(10)).await, []);
    let run = ended(&bench.emulator, run.id()).await;
    assert_eq!(run.status(), GlobalStatus::Cancelled);
    assert_eq!(run.counts().acknowledged, run.counts().generated);
    assert!(run.counts().acknowledged > 0);
    let refused = start(&bench.emulator, spec("null", "grouped"))
        .await
        .unwrap_err();
    assert!(matches!(refused, StartError::ShuttingDown));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_realtime_record_comes_before_its_time_and_slow_ones_come_singly() {
    let bench = bench();
    let slow = PlanSpec {
        rate: Rate::new(20.0).unwrap().into(),
        count: plans::count(10),
        pace: Pace::Realtime,
        start_time: bench.emulator.now(),
        ..spec("kafka", "grouped")
    };
    let run = start(&bench.emulator, slow).await.unwrap();
    let timeline = run.plan().timeline();
    let mut seen = 0;
    while seen < 10 {
        let now = bench.emulator.now();
        let messages = bench.messages.messages("transactions").unwrap_or_default();
        // What is there was sent after we looked at the clock, or before.
        let due = (0..10)
            .take_while(|i| timeline.at(*i).unwrap() <= now.moved(20_000))
            .count();
        assert!(
            messages.len() <= due,
            "{} messages, {due} due",
            messages.len()
        );
        assert!(
            messages.len() - seen <= 1,
            "a burst of {}",
            messages.len() - seen
        );
        seen = messages.len();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlimited_run_ends_at_its_timeout_and_profiles_at_their_end() {
    let bench = bench();
    let run = bench
        .run(PlanSpec {
            count: None,
            timeout: Timeout::MIN,
            ..spec("null", "grouped")
        })
        .await;
    assert_eq!(run.status(), GlobalStatus::Completed);
    assert_eq!(run.plan().planned(), None);
    let seconds = run
        .finished_at()
        .unwrap()
        .seconds_since(run.started_at().unwrap());
    assert!((0.9..3.0).contains(&seconds), "{seconds}");
    let profiles = PlanSpec {
        dataset: Domain::UserProfile.into(),
        destination: "user-profiles".to_owned(),
        count: None,
        ..spec("null", "grouped")
    };
    assert_eq!(bench.run(profiles).await.counts().acknowledged, 9_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_an_object_of_its_format() {
    let bench = bench();
    for (format, begins, ends) in [
        (Format::Json, "[{", "}}\t]\n"),
        (Format::Ndjson, "{", "}}\n"),
        (Format::Csv, "emulation_id,", "\r\n"),
    ] {
        let object = sample::sample(
            &bench.emulator,
            Domain::DeviceLog,
            3,
            Some(Seed::new(7)),
            format,
        )
        .unwrap();
        let text = String::from_utf8(object).unwrap();
        assert!(text.starts_with(begins) && text.ends_with(ends), "{text}");
    }
    for count in [0, 1001] {
        assert!(
            sample::sample(
                &bench.emulator,
                Domain::DeviceLog,
                count,
                None,
                Format::Json
            )
            .is_err()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_names_what_is_down() {
    let bench = bench();
    bench.messages.set_fault(Some(Fault::RefuseOpen));
    let states = readiness::readiness(&bench.emulator).await;
    let down: Vec<_> = states
        .iter()
        .filter(|(_, state)| state.is_err())
        .map(|(sink, _)| *sink)
        .collect();
    assert_eq!(down, [Sink::Kafka]);
    assert_eq!(states.len(), 3);
}
