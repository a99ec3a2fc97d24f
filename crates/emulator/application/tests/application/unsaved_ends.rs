//! Processes that end between a run's last acknowledgement and the saving of its end.

use std::sync::Arc;

use adapter_memory::MemoryEmulations;
use emulator_application::resume_emulations::{OnRestart, resume};
use emulator_application::start_emulation::start_reproducibly;
use emulator_domain::emulation::{Emulation, GlobalStatus, Snapshot, WorkerState};
use emulator_domain::plan::{PlanSpec, Timeout};
use emulator_ports::EmulationRepository;

use crate::plans;
use crate::processes::{World, ended};

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
