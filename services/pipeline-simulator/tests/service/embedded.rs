//! `run --embedded`: the whole pipeline in one process.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use pipeline_domain::row::Row;
use pipeline_domain::sample;
use pipeline_domain::source::Source;

use crate::process::{Running, output_text, program, run};
use crate::{sheets, tables};

/// Runs it and gives its standard output.
fn rehearse(folder: &Path, options: &str) -> String {
    let output = run(folder, &format!("run --embedded {options}"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", output_text(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The rest of the line that begins with this word.
fn line<'a>(printed: &'a str, word: &str) -> &'a str {
    let found = printed.lines().find_map(|line| line.strip_prefix(word));
    found
        .unwrap_or_else(|| panic!("no {word}: {printed}"))
        .trim()
}

async fn assert_rows(file: &Path, expected: &[Vec<Row>; 3]) {
    for source in Source::ALL {
        let found = tables::sqlite(file, source).await;
        assert_eq!(found, expected[source.index()], "{source}");
    }
}

#[tokio::test]
async fn fifty_rows_land_in_each_table_fifty_ids_are_acknowledged_and_a_second_run_changes_nothing()
{
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pipeline-data/pipeline.db");
    let samples = Source::ALL.map(|source| (1..=50).map(|id| sample::row(source, id)).collect());
    for new in [50, 0] {
        let printed = rehearse(folder.path(), "--delay 10");
        for table in ["data1", "data2", "data3"] {
            assert_eq!(line(&printed, table), format!("50 rows, {new} of them new"));
        }
        assert_eq!(line(&printed, "acks"), "50");
        let (median, _) = line(&printed, "delay").split_once(" ms;").unwrap();
        let median: f64 = median.strip_prefix("median ").unwrap().parse().unwrap();
        assert!((0.0..10_000.0).contains(&median), "{printed}");
        let (_, charts) = printed.split_once("charts").unwrap();
        let charts: Vec<_> = charts.lines().map(str::trim).collect();
        assert_eq!(charts.len(), 3, "{printed}");
        for chart in charts {
            let content = fs::read_to_string(folder.path().join(chart)).unwrap();
            assert!(content.len() > 1_000, "{chart}: {content}");
        }
        if new == 0 {
            let letters = "150 (150 duplicate ids, 0 malformed, 0 refused by the database)";
            assert_eq!(line(&printed, "dead letters"), letters);
        } else {
            assert!(!printed.contains("dead letters"), "{printed}");
        }
        assert_rows(&file, &samples).await;
    }
}

#[tokio::test]
async fn spreadsheets_of_ones_own_land_as_they_are_and_only_ids_of_all_of_them_are_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = [
        sheets::rows(Source::First, 1..=30),
        sheets::rows(Source::Second, 11..=60),
        sheets::rows(Source::Third, 21..=25),
    ];
    let expected = rows.clone();
    // An id again: its first row stays.
    rows[1].push(rows[1][3].clone());
    sheets::write_all(&folder.path().join("own"), &rows);
    let printed = rehearse(folder.path(), "--input own --delay 0 --data-dir elsewhere");
    assert_eq!(line(&printed, "data1"), "30 rows, 30 of them new");
    assert_eq!(line(&printed, "data2"), "50 rows, 50 of them new");
    assert_eq!(line(&printed, "data3"), "5 rows, 5 of them new");
    assert_eq!(line(&printed, "acks"), "5");
    assert!(line(&printed, "dead letters").starts_with("1 (1 duplicate ids"));
    assert_rows(&folder.path().join("elsewhere/pipeline.db"), &expected).await;
}

#[test]
fn many_rows_pass_at_once_as_far_as_the_embedded_kafka_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    let printed = rehearse(folder.path(), "--rows 5000");
    for table in ["data1", "data2", "data3"] {
        assert_eq!(line(&printed, table), "5,000 rows, 5,000 of them new");
    }
    assert_eq!(line(&printed, "acks"), "5,000");
}

#[test]
fn an_interrupted_rehearsal_ends_soon_with_its_own_code_and_what_landed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.args("run --embedded --delay 1000 --log-level INFO".split(' '));
    let mut running = Running::of(command, folder.path());
    running.says("stored");
    std::thread::sleep(Duration::from_secs(1));
    let start = Instant::now();
    running.interrupt();
    let (code, output_text) = running.end(Duration::from_secs(5));
    assert_eq!(code, Some(130), "{output_text}");
    assert!(start.elapsed() < Duration::from_secs(5));
    let printed = rehearse(folder.path(), "--delay 0");
    assert_eq!(line(&printed, "acks"), "50");
    let letters = line(&printed, "dead letters");
    let (letters, _) = letters.split_once(' ').unwrap();
    let letters: usize = letters.parse().unwrap();
    assert!((1..150).contains(&letters), "{printed}");
}
