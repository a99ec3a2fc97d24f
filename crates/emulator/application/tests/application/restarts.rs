//! What a process finds of the one before it: runs that have ended but for the saving of it, many
//! that wait, many that have ended, and paused ones.

use std::sync::Arc;

use adapter_clock::SystemClock;
use adapter_memory::{MemoryEmulations, MemoryMessages};
use emulator_application::cancel_emulation::cancel;
use emulator_application::resume_emulations::{OnRestart, resume};
use emulator_application::start_emulation::{Known, start_known, start_reproducibly};
use emulator_domain::Seed;
use emulator_domain::delivery::{Checkpoint, Counts};
use emulator_domain::emulation::{
    Emulation, EmulationId, GlobalStatus, Outcome, RequestKey, Snapshot, WorkerState,
};
use emulator_domain::plan::{EmulationPlan, PlanSpec, Sink, Timeout};
use emulator_ports::{Clock, EmulationRepository};
use uuid::Uuid;

use crate::plans;
use crate::processes::{NOW, World, ended};
use crate::slow;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_end_was_not_saved_delivers_nothing_again() {
    for (sync_type, count, seconds) in [
        ("grouped", plans::count(500), 3600),
        ("chunked", plans::count(500), 3600),
        ("single", plans::count(500), 3600),
        // Ends before its count; the one object must not be begun anew with what is left.
        ("grouped", None, 1),
    ] {
        let world = World::new();
        let spec = PlanSpec {
            count,
            timeout: Timeout::new(seconds).unwrap(),
            ..plans::spec("minio", "transaction", "csv", sync_type)
        };
        let process = world.process();
        let run = start_reproducibly(&process, spec).await.unwrap();
        let run = ended(&process, run.id()).await;
        assert_eq!(run.status(), GlobalStatus::Completed, "{:?}", run.error());
        let container = run.plan().destination();
        let delivered = world.objects.all(container);

        let before = Snapshot {
            status: GlobalStatus::Processing,
            finished_at: None,
            workers: vec![WorkerState::Started],
            ..run.snapshot()
        };
        let repository = MemoryEmulations::new(1);
        let before = Emulation::restored(before).unwrap();
        repository.save(&before).await.unwrap();
        let process = world.process_over(Arc::new(repository));
        assert_eq!(
            resume(&process, OnRestart::Resume).await.unwrap(),
            [run.id()]
        );
        let again = ended(&process, run.id()).await;
        assert_eq!((again.status(), again.error()), (run.status(), None));
        assert_eq!(again.counts(), run.counts());
        let objects = world.objects.all(container);
        assert!(objects == delivered, "{sync_type} {seconds}");
    }
}

/// Of the tasks that one task spawns, a thread of the runtime polls the last one first.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn of_many_runs_that_waited_the_oldest_begin_first() {
    let repository = MemoryEmulations::new(300);
    for number in 0..300 {
        let plan = EmulationPlan::new(PlanSpec {
            seed: Seed::new(number),
            count: plans::count(1),
            ..plans::spec("kafka", "transaction", "json", "grouped")
        });
        let plan = plan.unwrap();
        let run = Emulation::new(EmulationId::of_plan(&plan), plan, NOW.moved(number as i64));
        repository.save(&run).await.unwrap();
    }
    let messages = Arc::new(MemoryMessages::default());
    let process = slow::emulator(Arc::new(repository), Sink::Kafka, messages);
    let resumed = tokio::spawn({
        let process = process.clone();
        async move { resume(&process, OnRestart::Resume).await.unwrap() }
    });
    let resumed = resumed.await.unwrap();
    assert_eq!(resumed.len(), 300);
    let mut began = Vec::new();
    for (number, id) in resumed.into_iter().enumerate() {
        began.push((ended(&process, id).await.started_at(), number));
    }
    began.sort_unstable();
    // Two run at once, so that those close to each other may begin in either order.
    let numbers = began.iter().map(|(_, number)| *number).enumerate();
    let moved = numbers.filter(|(place, number)| place.abs_diff(*number) > 10);
    assert_eq!(moved.collect::<Vec<_>>(), []);
}

#[tokio::test]
async fn a_key_is_found_whatever_the_number_of_later_runs() {
    const HOUR: i64 = 3_600_000_000;
    let (repository, now) = (MemoryEmulations::new(3000), SystemClock.now());
    let spec = plans::spec("kafka", "transaction", "json", "grouped");
    let plan = EmulationPlan::new(spec.clone()).unwrap();
    let request = |number: u128| RequestKey::new(&format!("key-{number}"), String::new()).unwrap();
    let is_keyed = |number: &u128| number.is_multiple_of(500);
    for number in 0..2_100 {
        let id = EmulationId::new(Uuid::from_u128(number));
        let mut run = Emulation::new(id, plan.clone(), now.moved(number as i64 - HOUR));
        run.finish(Outcome::Cancelled, now).unwrap();
        if is_keyed(&number) {
            run = run.asked_with(request(number));
        }
        repository.save(&run).await.unwrap();
    }
    let messages = Arc::new(MemoryMessages::default());
    let process = slow::emulator(Arc::new(repository), Sink::Kafka, messages);
    for number in (0..2_100).filter(is_keyed) {
        let known = Known {
            request: Some(request(number)),
            ..Known::default()
        };
        let run = start_known(&process, spec.clone(), known).await.unwrap();
        assert_eq!(run.id().get().as_u128(), number);
    }
}

#[tokio::test]
async fn what_was_in_flight_when_a_run_was_paused_has_failed_once_it_is_cancelled() {
    let (repository, now) = (MemoryEmulations::new(1), SystemClock.now());
    let spec = plans::spec("kafka", "transaction", "json", "grouped");
    let plan = EmulationPlan::new(spec).unwrap();
    let mut run = Emulation::new(EmulationId::of_plan(&plan), plan, now);
    run.start(now, 1).unwrap();
    let counts = Counts {
        generated: 10,
        acknowledged: 6,
        failed: 1,
        ..Counts::default()
    };
    run.progress(counts, Checkpoint::default(), 0.0).unwrap();
    run.pause(now).unwrap();
    repository.save(&run).await.unwrap();
    let messages = Arc::new(MemoryMessages::default());
    let process = slow::emulator(Arc::new(repository), Sink::Kafka, messages);
    let cancelled = cancel(&process, run.id()).await.unwrap();
    assert_eq!(cancelled.status(), GlobalStatus::Cancelled);
    let failed = 4;
    assert_eq!(cancelled.counts(), Counts { failed, ..counts });
}
