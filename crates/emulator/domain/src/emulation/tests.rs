use super::*;
use crate::Domain;
use crate::plan::{Format, PlanSpec, Sink, Workers};

fn waiting() -> Emulation {
    let plan = EmulationPlan::new(PlanSpec {
        workers: Workers::new(3).unwrap(),
        ..PlanSpec::new(Domain::DeviceLog, Sink::Null, Format::Json)
    });
    let plan = plan.unwrap();
    Emulation::new(EmulationId::of_plan(&plan), plan, Timestamp::EARLIEST)
}

#[test]
fn workers_wait_until_the_run_begins_and_are_as_many_as_there_is_room_for() {
    let mut run = waiting();
    assert_eq!(run.workers(), [WorkerState::Waiting; 3]);
    run.start(Timestamp::EARLIEST, 2).unwrap();
    assert_eq!(run.workers(), [WorkerState::Waiting; 2]);
    run.start(Timestamp::EARLIEST, 64).unwrap();
    assert_eq!(run.workers().len(), 3);
}

#[test]
fn each_worker_ends_as_its_own_work_did() {
    use WorkerState::{Error, Finished, Started, Waiting};
    for (outcome, ends) in [
        (Outcome::Completed, [Finished, Finished, Error, Finished]),
        (Outcome::Cancelled, [Finished, Finished, Error, Finished]),
        (
            Outcome::Failed(RunFailure::new(FailureKind::Internal, "why")),
            [Error, Error, Error, Finished],
        ),
    ] {
        let mut run = waiting();
        run.start(Timestamp::EARLIEST, 4).unwrap();
        run.work(&[Waiting, Started, Error, Finished]).unwrap();
        run.finish(outcome, Timestamp::LATEST).unwrap();
        assert_eq!(run.workers(), ends);
        assert!(run.work(&[Started]).is_err());
    }
}

#[test]
fn a_run_is_not_completed_with_records_in_flight_or_failed() {
    for (acknowledged, failed, in_flight) in [(9, 0, 1), (9, 1, 0), (0, 0, 10)] {
        let mut run = waiting();
        run.start(Timestamp::EARLIEST, 1).unwrap();
        let counts = Counts {
            generated: 10,
            acknowledged,
            failed,
            bytes: 0,
        };
        run.progress(counts, Checkpoint::default(), 0.0).unwrap();
        let refused = run.finish(Outcome::Completed, Timestamp::LATEST);
        let why = LifeCycleError::NotAcknowledged { failed, in_flight };
        assert_eq!(refused, Err(why));
        assert_eq!(run.status(), GlobalStatus::Processing);
    }
}
