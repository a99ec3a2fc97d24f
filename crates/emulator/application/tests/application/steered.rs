//! Runs that are paused, resumed and given other rates while they run.

use std::time::Duration;

use adapter_formats::Formats;
use adapter_memory::{Fault, Message};
use emulator_application::control_emulation::{SteerError, change, pause, resume};
use emulator_application::resume_emulations::{self, OnRestart};
use emulator_application::start_emulation::{Known, start, start_known};
use emulator_application::truth::Truth;
use emulator_application::{Emulator, Limits, cancel_emulation};
use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus, Order, RequestKey};
use emulator_domain::imperfection::{Imperfections, Share};
use emulator_domain::plan::{EmulationPlan, Pace, PartitionBy, PlanSpec, Timeout};
use emulator_domain::{Change, Changed, Rate, Timestamp};
use emulator_ports::{Batch, Encoders, SchemaIds};
use tokio::time::{Instant, sleep, timeout};

use crate::bench::{Bench, bench_of};
use crate::plans;
use crate::processes::{World, beyond, ended, state, stop};

fn bench() -> Bench {
    let limits = Limits {
        running: 2,
        waiting: 4,
    };
    bench_of(limits, None)
}

/// So many transactions, `rate` a second from now on.
fn realtime(emulator: &Emulator, rate: f64, count: u64) -> PlanSpec {
    PlanSpec {
        pace: Pace::Realtime,
        start_time: emulator.now(),
        rate: Rate::new(rate).unwrap().into(),
        timeout: Timeout::new(3600).unwrap(),
        count: plans::count(count),
        ..plans::spec("kafka", "transaction", "json", "grouped")
    }
}

async fn rerate(emulator: &Emulator, id: EmulationId, to: Change) -> Result<Emulation, SteerError> {
    let order = Order {
        change: Some(to),
        ..Order::default()
    };
    change(emulator, id, order).await
}

fn to(rate: f64) -> Change {
    Change::Traffic(Rate::new(rate).unwrap().into())
}

/// Panics unless these are the records of the plan, each once.
fn assert_whole(run: &Emulation, messages: &[Message]) {
    let indices: Vec<_> = messages.iter().map(|message| message.index).collect();
    let end = run.counts().acknowledged;
    assert_eq!(indices, (0..end).collect::<Vec<_>>());
    let mut batch = Batch::default();
    let encoder = Formats.encoder(run.id(), run.plan(), SchemaIds::default());
    encoder.encode(0..end, &mut batch).unwrap();
    for (message, record) in messages.iter().zip(batch.records()) {
        assert_eq!(message.payload, record.payload, "record {}", record.index);
    }
}

/// Times follow from the changes as the contract has them: at `rate` records a second up to each
/// change, which is when `at` says.
fn assert_rates(plan: &EmulationPlan, pieces: &[(u64, f64)], until: u64) {
    let ends = pieces.iter().skip(1).map(|(from, _)| *from).chain([until]);
    for ((from, rate), to) in pieces.iter().zip(ends) {
        let time = |index| plan.event_time(index).unwrap().micros();
        for index in *from..to - 1 {
            let apart = (time(index + 1) - time(index)) as f64;
            assert!((apart - 1e6 / rate).abs() <= 1.0, "{index}: {apart} µs");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_rate_is_in_force_at_once_and_every_record_is_there_once() {
    let bench = bench();
    let emulator = &bench.emulator;
    let run = start(emulator, realtime(emulator, 100.0, 700))
        .await
        .unwrap();
    beyond(emulator, run.id(), 20).await;
    let begun = Instant::now();
    let faster = rerate(emulator, run.id(), to(1000.0)).await.unwrap();
    let first = faster.plan().changes()[0].index;
    assert!(
        begun.elapsed() < Duration::from_millis(100),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(faster.rate(), 1000.0);
    let next = faster.plan().event_time(first + 50).unwrap();
    let later = next.seconds_since(faster.plan().changes()[0].time);
    assert!((0.05..0.0511).contains(&later), "{later}");
    beyond(emulator, run.id(), first + 300).await;
    let slower = rerate(emulator, run.id(), Change::Factor(100_000))
        .await
        .unwrap();
    let second = slower.plan().changes()[1].index;
    let slow = Instant::now();
    sleep(Duration::from_millis(300)).await;
    let more = state(emulator, run.id()).await.counts().generated - second;
    let most = slow.elapsed().as_secs_f64() * 100.0 + 1.0;
    assert!((5.0..=most).contains(&(more as f64)), "{more} of {most}");
    rerate(emulator, run.id(), to(10_000.0)).await.unwrap();
    let run = ended(emulator, run.id()).await;
    assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
    assert_eq!(run.counts().acknowledged, 700);
    assert_whole(&run, &bench.messages.messages("transactions").unwrap());
    let third = run.plan().changes()[2].index;
    let pieces = [
        (0, 100.0),
        (first, 1000.0),
        (second, 100.0),
        (third, 10_000.0),
    ];
    assert_rates(run.plan(), &pieces, 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_run_delivers_nothing_and_goes_on_where_it_was() {
    let bench = bench();
    let emulator = &bench.emulator;
    for unlimited in [false, true] {
        let topic = if unlimited { "unlimited" } else { "realtime" };
        let mut spec = PlanSpec {
            destination: topic.to_owned(),
            ..realtime(emulator, 1000.0, 600)
        };
        if unlimited {
            (spec.pace, spec.count) = (Pace::Unlimited, plans::count(300_000));
        }
        let (run, end) = {
            let run = start(emulator, spec).await.unwrap();
            (run.id(), run.plan().end())
        };
        beyond(emulator, run, 100).await;
        let paused = pause(emulator, run).await.unwrap();
        assert_eq!(paused.status(), GlobalStatus::Paused);
        assert_eq!(paused.counts().in_flight(), 0);
        let there = bench.messages.messages(topic).unwrap().len();
        assert!((100..end as usize).contains(&there), "{there}");
        sleep(Duration::from_millis(300)).await;
        assert_eq!(bench.messages.messages(topic).unwrap().len(), there);
        assert_eq!(pause(emulator, run).await.unwrap(), paused);
        let going = resume(emulator, run).await.unwrap();
        assert_eq!(going.status(), GlobalStatus::Processing);
        resume(emulator, run).await.unwrap();
        let run = ended(emulator, run).await;
        assert_eq!((run.status(), run.error()), (GlobalStatus::Completed, None));
        assert_eq!(run.counts().acknowledged, end);
        assert!(run.plan().paused() >= Duration::from_millis(300));
        if !unlimited {
            let last = run.plan().event_time(end - 1).unwrap();
            let whole = last.seconds_since(run.plan().timeline().start());
            assert!(whole >= 0.599 + 0.3, "{whole}");
        }
        assert_whole(&run, &bench.messages.messages(topic).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_wait_are_steered_too_and_a_paused_one_takes_no_place() {
    let bench = bench_of(
        Limits {
            running: 1,
            waiting: 4,
        },
        None,
    );
    let emulator = &bench.emulator;
    let first = start(emulator, realtime(emulator, 1000.0, 100_000))
        .await
        .unwrap();
    let second = start(emulator, realtime(emulator, 100.0, 5)).await.unwrap();
    beyond(emulator, first.id(), 10).await;
    let changed = rerate(emulator, second.id(), to(500.0)).await.unwrap();
    assert_eq!(changed.plan().changes().len(), 1);
    let held = pause(emulator, second.id()).await.unwrap();
    assert_eq!(
        (held.status(), held.started_at()),
        (GlobalStatus::Paused, None)
    );
    assert_eq!(
        pause(emulator, first.id()).await.unwrap().status(),
        GlobalStatus::Paused
    );
    resume(emulator, second.id()).await.unwrap();
    let second = ended(emulator, second.id()).await;
    assert_eq!(
        (second.status(), second.error()),
        (GlobalStatus::Completed, None)
    );
    let cancelled = cancel_emulation::cancel(emulator, first.id())
        .await
        .unwrap();
    assert_eq!(cancelled.status(), GlobalStatus::Cancelled);
    for refused in [
        pause(emulator, first.id()).await,
        resume(emulator, first.id()).await,
        rerate(emulator, second.id(), to(1.0)).await,
    ] {
        let told = refused.unwrap_err().to_string();
        assert!(
            told.contains("already; only a run that is processing or paused"),
            "{told}"
        );
    }
}

/// Tasks that one task spawns are polled by a thread of the runtime beginning with the last.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn waiting_runs_begin_in_the_order_of_their_requests() {
    let limits = Limits {
        running: 1,
        waiting: 50,
    };
    let bench = bench_of(limits, None);
    let emulator = bench.emulator.clone();
    let requests = tokio::spawn(async move {
        let mut runs = Vec::new();
        for _ in 0..50 {
            let run = start(&emulator, realtime(&emulator, 1000.0, 2)).await;
            runs.push(run.unwrap().id());
        }
        runs
    });
    let mut began = Vec::new();
    for run in requests.await.unwrap() {
        began.push(ended(&bench.emulator, run).await.started_at());
    }
    assert!(began.is_sorted() && began[0].is_some(), "{began:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_destination_stands_can_be_paused_when_that_goes_on() {
    let bench = bench();
    let emulator = &bench.emulator;
    let run = start(emulator, realtime(emulator, 1000.0, 1000))
        .await
        .unwrap();
    beyond(emulator, run.id(), 100).await;
    bench.messages.set_fault(Some(Fault::Stall));
    sleep(Duration::from_millis(200)).await;
    let waiting = timeout(Duration::from_millis(200), pause(emulator, run.id())).await;
    assert!(waiting.is_err(), "what is in flight is waited for");
    bench.messages.set_fault(None);
    let paused = pause(emulator, run.id()).await.unwrap();
    assert_eq!(paused.status(), GlobalStatus::Paused);
    resume(emulator, run.id()).await.unwrap();
    let run = ended(emulator, run.id()).await;
    assert_eq!(
        (run.status(), run.counts().acknowledged),
        (GlobalStatus::Completed, 1000)
    );
    assert_whole(&run, &bench.messages.messages("transactions").unwrap());
}

/// What is on record survives: a paused run stays so, and changes hold in the next process.
#[tokio::test(flavor = "multi_thread")]
async fn changes_and_pauses_outlive_the_process() {
    let world = World::new();
    let emulator = world.process();
    let mut spec = realtime(&emulator, 1000.0, 40_000);
    spec.destination = "steered".to_owned();
    // The clock stands still: a second of it is due.
    spec.start_time = Timestamp::EARLIEST.moved(spec.start_time.micros() - 1_000_000);
    let id = start(&emulator, spec.clone()).await.unwrap().id();
    beyond(&emulator, id, 500).await;
    rerate(&emulator, id, to(5000.0)).await.unwrap();
    stop(emulator).await;
    world.clock.advance(1_000_000);
    let emulator = world.process();
    assert_eq!(
        resume_emulations::resume(&emulator, OnRestart::Resume)
            .await
            .unwrap(),
        [id]
    );
    beyond(&emulator, id, 3000).await;
    let paused = pause(&emulator, id).await.unwrap();
    stop(emulator).await;
    world.clock.advance(60_000_000);
    for how in [OnRestart::MarkFailed, OnRestart::Resume] {
        let emulator = world.process();
        assert_eq!(resume_emulations::resume(&emulator, how).await.unwrap(), []);
        assert_eq!(state(&emulator, id).await, paused);
        stop(emulator).await;
    }
    let emulator = world.process();
    rerate(&emulator, id, Change::Factor(20_000_000))
        .await
        .unwrap();
    world.clock.advance(1_000_000);
    resume(&emulator, id).await.unwrap();
    let run = ended(&emulator, id).await;
    assert_eq!(
        (run.status(), run.counts().acknowledged),
        (GlobalStatus::Completed, 40_000)
    );
    assert_eq!(run.plan().changes().len(), 4);
    assert_eq!(
        run.plan().spec(),
        &EmulationPlan::new(spec).unwrap().spec().clone()
    );
    assert_whole(&run, &world.messages.messages("steered").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_names_its_request_for_a_day_whatever_becomes_of_the_process() {
    const HOUR: i64 = 3_600_000_000;
    let world = World::new();
    let asked = |digest: &str| Known {
        request: Some(RequestKey::new("nightly", digest.to_owned()).unwrap()),
        ..Known::default()
    };
    let spec = PlanSpec {
        count: plans::count(10),
        ..plans::spec("kafka", "transaction", "json", "grouped")
    };
    let emulator = world.process();
    let first = start_known(&emulator, spec.clone(), asked("one"))
        .await
        .unwrap();
    ended(&emulator, first.id()).await;
    stop(emulator).await;
    for (hours, digest, same) in [
        (1, "one", Some(true)),
        (22, "other", Some(false)),
        (2, "other", None),
    ] {
        world.clock.advance(hours * HOUR);
        let emulator = world.process();
        let again = start_known(&emulator, spec.clone(), asked(digest)).await;
        match same {
            Some(true) => assert_eq!(again.unwrap().id(), first.id()),
            Some(false) => {
                let told = again.unwrap_err().to_string();
                assert!(told.contains(&first.id().to_string()), "{told}");
            }
            None => assert_ne!(again.unwrap().id(), first.id()),
        }
        stop(emulator).await;
    }
}

/// Records are told of with the times that they had, and whatever the objects are that they are in.
#[test]
fn the_truth_is_that_of_the_changed_timeline() {
    let spec = PlanSpec {
        pace: Pace::Realtime,
        start_time: Timestamp::EARLIEST,
        rate: Rate::new(100.0).unwrap().into(),
        timeout: Timeout::new(3600).unwrap(),
        count: plans::count(1000),
        partition_by: PartitionBy::Date,
        imperfections: Imperfections {
            missing: Share::new(0.1).unwrap(),
            ..Imperfections::default()
        },
        ..plans::spec("minio", "transaction", "csv", "chunked")
    };
    let mut plan = EmulationPlan::new(spec).unwrap();
    let changed = Changed {
        index: 100,
        time: Timestamp::EARLIEST.moved(1_000_000),
        change: to(1000.0),
    };
    plan.change_all([changed]).unwrap();
    let truth = Truth::new(&Formats, EmulationId::of_plan(&plan), &plan, plan.end());
    let told: Vec<_> = truth.collect();
    assert_eq!(told.len(), 100);
    for told in told {
        let millis = match told.fault.index {
            index @ ..100 => 10 * index,
            index => 1000 + index - 100,
        };
        let time = format!("\"timestamp\":{}.{:03}000,", millis / 1000, millis % 1000);
        assert!(told.record.contains(&time), "{time} of {}", told.record);
    }
}
