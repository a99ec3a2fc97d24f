//! The whole pipeline.

use std::sync::Arc;
use std::time::Duration;

use pipeline_domain::sample;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::Topic;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::memory::{MemoryArrivals, MemoryDatabase, MemoryLog, MemoryReports};
use crate::RetryPolicy;
use crate::produce::{Rows, SendPace, produce};
use crate::rehearse::{RehearsalPorts, Summary, rehearse};

async fn run(log: &MemoryLog, database: &Arc<MemoryDatabase>, rows: &Rows) -> Summary {
    let ports = RehearsalPorts {
        log: Arc::new(log.clone()),
        sink: Arc::new(log.clone()),
        database: database.clone(),
        names: Names::default(),
        arrivals: Arc::new(MemoryArrivals::default()),
        reports: Arc::new(MemoryReports::default()),
        retry_policy: RetryPolicy::new(Duration::from_secs(10)),
    };
    let stop = CancellationToken::new();
    let mut watched = None;
    let summary = rehearse(ports, rows, SendPace::Pauses(0), &stop, |watch| {
        watched = Some(watch);
    });
    let summary = summary.await.unwrap().expect("it was not stopped");
    let watched = watched.expect("the progress can be watched");
    assert_eq!(*watched.landed.borrow(), summary.landed);
    summary
}

#[tokio::test(start_paused = true)]
async fn all_rows_land_and_are_acknowledged_and_a_second_run_finds_duplicates_only() {
    let (log, database) = (MemoryLog::default(), Arc::default());
    let rows = Rows::Samples(30);
    let summary = run(&log, &database, &rows).await;
    assert_eq!(summary.faults, Vec::<String>::new());
    assert_eq!((summary.produced.events, summary.rows), ([30; 3], [30; 3]));
    assert_eq!(summary.landed.rows, [30; 3]);
    let counts = summary.analysis.counts;
    assert_eq!((counts.events, counts.acknowledgements), ([30; 3], 30));
    let sent = log.read(Topic::Events(Source::Second));
    let mut payloads: Vec<_> = sent.into_iter().map(|it| it.payload).collect();
    let mut expected: Vec<_> = (1..=30)
        .map(|id| sample::row(Source::Second, id).encode().into_bytes())
        .collect();
    payloads.sort();
    expected.sort();
    assert_eq!(payloads, expected);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_as_it_should_be_is_a_fault() {
    let (log, database) = (MemoryLog::default(), Arc::<MemoryDatabase>::default());
    log.push(Source::First, &["oops"]);
    database.tables().refused.insert(5);
    // Rows of a source twice: one table has fewer rows than rows were sent, and that is no fault.
    let sheet = |source| {
        (1..=9)
            .map(|id| sample::row(source, id))
            .collect::<Vec<_>>()
    };
    let mut sheets = Source::ALL.map(sheet);
    sheets[1].push(sample::row(Source::Second, 4));
    let summary = run(&log, &database, &Rows::Sheets(sheets)).await;
    let expected = [
        "data1 has 8 rows for 9 ids",
        "data2 has 8 rows for 9 ids",
        "data3 has 8 rows for 9 ids",
        "1 events carried no row",
        "the database refused 3 rows",
    ];
    assert_eq!(summary.faults, expected);
    assert_eq!(summary.landed.duplicates, 1);
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept_by_all_sources_together_and_a_stop_ends_the_sending() {
    let log = MemoryLog::default();
    let stop = CancellationToken::new();
    let began = Instant::now();
    let (rows, rate) = (Rows::Samples(100), SendPace::Rate(60.0));
    let produced = produce(&log, &rows, rate, &stop).await.unwrap();
    // 300 events at 60 a second; the last one of each source is due after 99 of its intervals.
    let took = began.elapsed().as_secs_f64();
    assert!((4.9..5.1).contains(&took), "{took}");
    assert_eq!(produced.events, [100; 3]);
    let later = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stop.cancel();
    };
    let (produced, ()) = tokio::join!(produce(&log, &rows, rate, &stop), later);
    let events = produced.unwrap().events;
    assert!(
        events.iter().all(|count| (15..25).contains(count)),
        "{events:?}"
    );
}
