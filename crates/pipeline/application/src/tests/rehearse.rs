//! The whole pipeline.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pipeline_domain::analysis::{Analysis, Recorder};
use pipeline_domain::row::Row;
use pipeline_domain::sample;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::{PortError, Sheet, Spreadsheets, Topic};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::memory::{MemoryArrivals, MemoryDatabase, MemoryLog, MemoryReports};
use crate::RetryPolicy;
use crate::land::Landed;
use crate::produce::{Produced, Rows, SendPace, produce, write_samples};
use crate::rehearse::{RehearsalPorts, Summary, find_faults, rehearse};

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
async fn a_rehearsal_waits_for_landing_and_for_acknowledging() {
    let (log, database) = (MemoryLog::default(), Arc::default());
    // One of the two has to begin again, and is later than the other.
    log.topics().outage = 1;
    let summary = run(&log, &database, &Rows::Samples(30)).await;
    assert_eq!(summary.landed.positions, summary.produced.positions);
    assert_eq!(summary.analysis.counts.acknowledgements, 30);
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

#[test]
fn what_is_lost_or_doubled_is_a_fault_of_its_own_and_nothing_else_is() {
    type Spoil = fn(&mut Produced, &mut Landed, &mut [u64; 3], &mut Analysis);
    let cases: [(Spoil, &[&str]); 8] = [
        (|_, _, _, _| (), &[]),
        // Rows of an earlier run are there too.
        (|_, _, tables, _| tables[2] = 4, &[]),
        (
            |sent, _, _, _| sent.events[1] = 2,
            &["2 of 3 rows of source 2 were sent"],
        ),
        (
            |_, _, tables, _| tables[0] = 2,
            &["data1 has 2 rows for 3 ids"],
        ),
        (
            |_, landed, _, _| landed.malformed = 1,
            &["1 events carried no row"],
        ),
        (
            |_, landed, _, _| landed.refused = 1,
            &["the database refused 1 rows"],
        ),
        (
            |_, _, _, analysis| analysis.counts.unacknowledged = 1,
            &["1 of 3 complete ids were not acknowledged"],
        ),
        (
            |_, _, _, analysis| analysis.counts.repeated = 1,
            &["1 acknowledgements were of ids that had one"],
        ),
    ];
    for (spoil, faults) in cases {
        let mut sent = Produced {
            events: [3; 3],
            ..Produced::default()
        };
        let (mut landed, mut tables) = (Landed::default(), [3; 3]);
        let mut analysis = Recorder::default().finish(1);
        analysis.counts.complete = 3;
        spoil(&mut sent, &mut landed, &mut tables, &mut analysis);
        let found = find_faults(&Rows::Samples(3), &sent, &landed, tables, &analysis);
        assert_eq!(found, faults);
    }
}

/// What was written.
#[derive(Default)]
struct Written(Mutex<Vec<(Source, Vec<Row>)>>);

impl Spreadsheets for Written {
    fn read(&self, _: Source) -> Result<Sheet, PortError> {
        Err(PortError::refused("it is written only"))
    }

    fn write(&self, source: Source, rows: &[Row]) -> Result<(), PortError> {
        self.0.lock().unwrap().push((source, rows.to_vec()));
        Ok(())
    }
}

#[test]
fn samples_are_fifty_rows_of_each_source() {
    let written = Written::default();
    write_samples(&written).unwrap();
    let ids = |rows: &[Row]| rows.iter().map(Row::id).collect::<Vec<_>>();
    let written = written.0.into_inner().unwrap().into_iter();
    let written: Vec<_> = written.map(|(source, rows)| (source, ids(&rows))).collect();
    assert_eq!(written, Source::ALL.map(|it| (it, (1..=50).collect())));
}

#[tokio::test(start_paused = true)]
async fn pauses_are_drawn_up_to_the_longest_and_what_was_stored_has_its_offsets() {
    let (log, rows) = (MemoryLog::default(), Rows::Samples(400));
    let (began, stop) = (Instant::now(), CancellationToken::new());
    let produced = produce(&log, &rows, SendPace::Pauses(100), &stop);
    let produced = produced.await.unwrap();
    // The slowest of three sources, each with 400 pauses of 50 ms in the mean, 20 s in all with a
    // standard deviation of 0.6 s.
    let took = began.elapsed().as_secs_f64();
    assert!((17.0..23.0).contains(&took), "{took}");
    assert_eq!(produced.events, [400; 3]);
    assert_eq!(produced.positions, log.topics().ends());
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
