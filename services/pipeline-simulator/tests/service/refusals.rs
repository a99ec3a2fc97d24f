//! What is refused, how it is told, and what is not told.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use pipeline_domain::source::Source;

use crate::process::{output_text, run};
use crate::sheets;

/// Spoils one of the spreadsheets in a folder.
type Spoil = fn(&Path);

#[test]
fn spreadsheets_that_make_no_rows_are_told_by_file_row_and_column_before_kafka_is_asked() {
    let cases: [(Spoil, &[&str]); 7] = [
        (
            |folder| fs::remove_file(sheets::path(folder, Source::Third)).unwrap(),
            &[
                "there is no spreadsheet of source 3 in own",
                "sim_file3.xlsx",
            ],
        ),
        (
            |folder| {
                let cells: &[&[&str]] = &[&["id", "feature1"], &["1", "2"], &["2", "many"]];
                sheets::write_cells(folder, Source::Second, cells);
            },
            &["own/sim_file2.xlsx: row 3, column B: feature1 is the text \"many\"; expected"],
        ),
        (
            |folder| {
                let cells: &[&[&str]] = &[&["feature2", "id"], &["1", "7"], &["1", ""]];
                sheets::write_cells(folder, Source::First, cells);
            },
            &["own/sim_file1.xlsx: row 3, column B: id is missing"],
        ),
        (
            |folder| {
                let cells: &[&[&str]] = &[&["id", "feature3"], &["1", "2.5"]];
                sheets::write_cells(folder, Source::First, cells);
            },
            &["own/sim_file1.xlsx: row 2, column B: feature3 is 2.5; expected a whole number"],
        ),
        (
            |folder| {
                sheets::write_cells(folder, Source::Third, &[&["id", "feature26"], &["1", "2"]])
            },
            &[
                "own/sim_file3.xlsx: row 1, column B: the column is called",
                "feature25",
            ],
        ),
        (
            |folder| sheets::write_cells(folder, Source::Second, &[&["feature1"], &["2"]]),
            &["own/sim_file2.xlsx: there is no column id"],
        ),
        (
            |folder| fs::write(sheets::path(folder, Source::Second), "id;feature1").unwrap(),
            &["own/sim_file2.xlsx is damaged"],
        ),
    ];
    let broker = TcpListener::bind("127.0.0.1:0").unwrap();
    broker.set_nonblocking(true).unwrap();
    let address = broker.local_addr().unwrap().to_string();
    for (spoil, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        for source in Source::ALL {
            sheets::write(&own, source, &sheets::rows(source, 1..=3));
        }
        spoil(&own);
        for line in [
            "produce --input own",
            "run --input own",
            "run --embedded --input own",
        ] {
            let settings = [("KAFKA_BOOTSTRAP_SERVERS", &*address)];
            let output = run(folder.path(), line, &settings);
            let output_text = output_text(&output);
            assert_eq!(output.status.code(), Some(1), "{line}: {output_text}");
            for part in expected {
                assert!(
                    output_text.contains(part),
                    "{line}: {part} is not in {output_text}"
                );
            }
        }
    }
    // Nobody has so much as connected.
    assert_eq!(broker.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn wrong_use_and_wrong_settings_are_told_by_name_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    // A command, its settings, and what must be said.
    type Case = (
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    );
    let cases: [Case; 13] = [
        (
            "land",
            &[("PIPELINE_PREFIX", "a b")],
            "setting pipeline.prefix: got \"a b\"",
        ),
        ("land", &[("PIPELINE_PATIENCE", "-1")], "PIPELINE_PATIENCE"),
        (
            "land",
            &[("DATABASE_URL", "mysql://u:sesame@h/d")],
            "setting database.url: ",
        ),
        (
            "land",
            &[("DATABASE_URL", "sesame")],
            "setting database.url: ",
        ),
        (
            "run --embedded",
            &[("DATABASE_URL", "postgres:sesame")],
            "setting database.url: ",
        ),
        (
            "land",
            &[("KAFKA_SECURITY_PROTOCOL", "TLS")],
            "KAFKA_SECURITY_PROTOCOL",
        ),
        (
            "acknowledge",
            &[("STATE_ON_DAMAGE", "maybe")],
            "STATE_ON_DAMAGE",
        ),
        (
            "config check",
            &[("AUTH_REQUIRED", "true")],
            "there is no token yet",
        ),
        ("monitor --port 99999", &[], "--port"),
        ("produce --rows 0", &[], "--rows"),
        ("produce --rows 5 --input own", &[], "--input"),
        ("produce --rate 5 --delay 3", &[], "--delay"),
        ("produce --rate fast", &[], "--rate"),
    ];
    for (line, settings, expected) in cases {
        let output = run(folder.path(), line, settings);
        let output_text = output_text(&output);
        assert_eq!(output.status.code(), Some(2), "{line}: {output_text}");
        assert!(output_text.contains(expected), "{line}: {output_text}");
        assert!(!output_text.contains("sesame"), "{line}: {output_text}");
        assert!(!output_text.contains("panicked"), "{line}: {output_text}");
    }
}

#[test]
fn more_rows_than_the_embedded_kafka_holds_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "run --embedded --rows 30000", &[]);
    let output_text = output_text(&output);
    assert_eq!(output.status.code(), Some(1), "{output_text}");
    for part in ["20000 rows", "KAFKA_BOOTSTRAP_SERVERS", "--embedded"] {
        assert!(output_text.contains(part), "{output_text}");
    }
}

#[test]
fn the_password_of_the_database_is_never_told() {
    let folder = tempfile::tempdir().unwrap();
    for (line, url) in [
        (
            "run --embedded --rows 3",
            "postgres://user:sesame@127.0.0.1:1/db",
        ),
        (
            "run --embedded --rows 3",
            "postgres://user:sesame@no-such-host.invalid/db",
        ),
        ("land", "postgres://user:sesame@127.0.0.1:1/db"),
        (
            "land",
            "postgres://user:sesame@127.0.0.1:1/db?sslmode=maybe",
        ),
        ("land", "postgres://user:x/sesame@127.0.0.1:1/db"),
    ] {
        let settings = [
            ("DATABASE_URL", url),
            ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:2"),
            ("PIPELINE_PATIENCE", "1"),
            ("LOG_LEVEL", "TRACE"),
        ];
        let output = run(folder.path(), line, &settings);
        let output_text = output_text(&output);
        assert!(
            matches!(output.status.code(), Some(1 | 2)),
            "{line} {url}: {output_text}"
        );
        assert!(
            !output_text.contains("sesame"),
            "{line} {url}: {output_text}"
        );
        assert!(
            output_text.contains("error: "),
            "{line} {url}: {output_text}"
        );
    }
}
