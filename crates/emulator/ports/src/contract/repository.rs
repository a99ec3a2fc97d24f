//! The contract of [`EmulationRepository`].

use emulator_domain::delivery::{Checkpoint, Counts};
use emulator_domain::emulation::{
    Callback, CallbackEvent, CallbackOutcome, Emulation, EmulationId, FailureKind, GlobalStatus,
    Outcome, RequestKey, RunFailure, TagChange, Tags, WorkerState,
};
use emulator_domain::plan::{
    ChunkSize, EmulationPlan, Format, Grouping, Guarantee, Pace, PartitionBy, PlanSpec,
    RecordCount, Sink, Timeout, Workers,
};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{Domain, Rate, Seed, Timestamp, UserIds};

use crate::{EmulationRepository, Page};

/// Runs the suite on an empty repository that keeps at least ten runs.
///
/// # Panics
/// With the sentence of the contract that does not hold.
pub async fn keeps_its_contract(repository: &dyn EmulationRepository) {
    let found = repository
        .find(id(1))
        .await
        .expect("an empty repository is read");
    assert_eq!(found, None, "a run that was not saved is not found");
    assert_eq!(
        ids(repository, all()).await,
        [],
        "an empty repository lists nothing"
    );

    a_run_is_read_back_equal_at_every_step_of_its_life(repository).await;
    runs_are_listed_newest_first_and_page_by_page(repository).await;
}

async fn a_run_is_read_back_equal_at_every_step_of_its_life(repository: &dyn EmulationRepository) {
    let counts = Counts {
        generated: 900,
        acknowledged: 700,
        failed: 150,
        bytes: 123_456,
        skewed: 77,
    };
    let checkpoint = Checkpoint {
        next_index: 600,
        acknowledged_units: 7,
    };
    let tags = TagChange {
        name: Some(Some("the \"nightly\" run".to_owned())),
        labels: [("team".to_owned(), Some("data/eu".to_owned()))].into(),
    };
    let tags = Tags::default().changed(&tags);
    let request = RequestKey::new("0198c5f2-7a3e", "a digest".to_owned());
    let mut run = emulation(1, 0)
        .tagged(tags.expect("the tags can be"))
        .asked_with(request.expect("the key can be"))
        .with_callbacks(callbacks())
        .owned_by(Some("oidc:auth0|7 \"ä\"".to_owned()));
    save_and_compare(repository, &run).await;
    run.start(second(1), 2).expect("a waiting run starts");
    run.deliver_to("directory /data \"1\"".to_owned())
        .expect("it has delivered nowhere before");
    save_and_compare(repository, &run).await;
    run.progress(counts, checkpoint, 0.25)
        .expect("a running run goes on");
    run.work(&[WorkerState::Finished, WorkerState::Started])
        .expect("a running run has workers");
    save_and_compare(repository, &run).await;
    // Its plan does not wait for event times, so a pause is recorded, and no other change is
    // possible.
    for pause in 2..4 {
        run.pause(second(pause)).expect("a running run is paused");
        save_and_compare(repository, &run).await;
        run.resume(second(60)).expect("a paused run goes on");
        save_and_compare(repository, &run).await;
    }
    assert_eq!(run.plan().changes().len(), 2, "both pauses are kept");
    let why = "the broker said no: \"quotes\", commas,\nand lines";
    for kind in FailureKind::ALL {
        let mut run = run.clone();
        run.finish(Outcome::Failed(RunFailure::new(kind, why)), second(2))
            .expect("a running run ends");
        save_and_compare(repository, &run).await;
        for outcome in [
            CallbackOutcome::Retryable("503 \"later\"".to_owned()),
            CallbackOutcome::Accepted,
            CallbackOutcome::Refused("410".to_owned()),
        ] {
            run.record_callback(CallbackEvent::Ended, outcome.clone(), second(3));
            run.record_callback(CallbackEvent::Failed, outcome, second(3));
            save_and_compare(repository, &run).await;
        }
    }
    let mut run = run;
    run.finish(Outcome::Cancelled, second(2))
        .expect("a running run ends");
    save_and_compare(repository, &run).await;
    let never = CallbackOutcome::Refused("410 Gone".to_owned());
    run.record_callback(CallbackEvent::Ended, never, second(3));
    save_and_compare(repository, &run).await;
}

/// A different receiver for each event.
pub fn callbacks() -> Vec<Callback> {
    let all = CallbackEvent::ALL.into_iter();
    all.map(|event| Callback::new(event, format!("https://a.example/{}", event.name())))
        .collect()
}

async fn save_and_compare(repository: &dyn EmulationRepository, run: &Emulation) {
    repository.save(run).await.expect("a run is saved");
    let found = repository
        .find(run.id())
        .await
        .expect("a saved run is read");
    assert_eq!(found.as_ref(), Some(run), "a saved run is read back equal");
    assert_eq!(
        ids(repository, all()).await,
        [run.id()],
        "a run that is saved again is one run"
    );
}

async fn runs_are_listed_newest_first_and_page_by_page(repository: &dyn EmulationRepository) {
    // Run 1 exists, created at second 0. Three runs are created at the same moment.
    for (number, made) in [(5, 20), (2, 10), (4, 10), (3, 10), (6, 15)] {
        let mut run = emulation(number, made);
        if number == 3 || number == 6 {
            run.finish(Outcome::Cancelled, second(30))
                .expect("a waiting run is cancelled");
        }
        repository.save(&run).await.expect("a run is saved");
    }
    let order = [5, 6, 4, 3, 2, 1].map(id);
    assert_eq!(
        ids(repository, all()).await,
        order,
        "the newest first, then the greatest id"
    );

    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = ids(
            repository,
            Page {
                after,
                limit: 2,
                ..all()
            },
        )
        .await;
        assert!(
            page.len() <= 2,
            "a page has as many runs as were asked for, at most"
        );
        let Some(last) = page.last() else { break };
        after = Some(*last);
        pages.extend(page);
    }
    assert_eq!(pages, order, "pages give every run once, in order");

    for (status, expected) in [
        (GlobalStatus::Processing, vec![5, 4, 2]),
        (GlobalStatus::Cancelled, vec![6, 3, 1]),
        (GlobalStatus::Failed, vec![]),
        (GlobalStatus::Completed, vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(id).collect();
        let found = ids(
            repository,
            Page {
                status: Some(status),
                ..all()
            },
        )
        .await;
        assert_eq!(found, expected, "only runs that are {status}");
    }
    let page = Page {
        status: Some(GlobalStatus::Processing),
        after: Some(id(6)),
        limit: 1,
    };
    assert_eq!(
        ids(repository, page).await,
        [id(4)],
        "a page may begin after a run of another state"
    );
    let unknown = Page {
        after: Some(id(99)),
        ..all()
    };
    assert_eq!(
        ids(repository, unknown).await,
        [],
        "nothing is older than a run that is not known"
    );
    assert_eq!(
        ids(repository, Page { limit: 0, ..all() }).await,
        [],
        "a page may be of no runs"
    );
}

async fn ids(repository: &dyn EmulationRepository, page: Page) -> Vec<EmulationId> {
    let runs = repository.list(page).await.expect("runs are listed");
    runs.iter().map(Emulation::id).collect()
}

fn all() -> Page {
    Page {
        limit: 100,
        ..Page::default()
    }
}

/// A waiting run with the id `number`, created `made` seconds after the suite's start of time. Its
/// plan has every optional field.
///
/// # Panics
/// If the domain no longer accepts such a plan.
pub fn emulation(number: u64, made: i64) -> Emulation {
    let in_range = "the value is in its range";
    let spec = PlanSpec {
        seed: Seed::new(u64::MAX - number),
        users: UserIds::new(1_000, 9_999).expect(in_range),
        start_time: Timestamp::from_micros(1_767_225_600_123_456).expect(in_range),
        rate: Rate::new(0.1).expect(in_range).into(),
        labels: Labels::Withheld,
        destination: "a.bucket-of-their-own".to_owned(),
        grouping: Grouping::Chunked {
            max_chunk_size: ChunkSize::new(123_456).expect(in_range),
        },
        partition_by: PartitionBy::Date,
        guarantee: Guarantee::ExactlyOnce,
        pace: Pace::Unlimited,
        timeout: Timeout::new(77).expect(in_range),
        count: Some(RecordCount::new(1_000 + number).expect(in_range)),
        workers: Workers::new(3).expect(in_range),
        ..PlanSpec::new(Domain::DeviceLog, Sink::Minio, Format::Csv)
    };
    let plan = EmulationPlan::new(spec).expect("the values go together");
    Emulation::new(id(number), plan, second(made))
}

fn id(number: u64) -> EmulationId {
    format!("0197b2c4-0000-7000-8000-{number:012x}")
        .parse()
        .expect("a UUID")
}

fn second(second: i64) -> Timestamp {
    Timestamp::EARLIEST.moved(1_767_225_600_000_000 + second * 1_000_000)
}
