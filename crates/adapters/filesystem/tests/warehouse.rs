//! The data warehouse's files.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

use adapter_filesystem::{CsvFolder, RejectFolder};
use flate2::write::GzEncoder;
use warehouse_domain::hr;
use warehouse_domain::reason::{Fault, Reason, Rejection};
use warehouse_ports::{History, RejectLog};

#[test]
fn a_table_has_one_file_plain_or_packed() {
    let folder = tempfile::tempdir().unwrap();
    let history = CsvFolder::new(folder.path().to_owned());
    let dictionary = hr::dictionary();
    let [departments, jobs, employees] = [0, 1, 2].map(|at| &dictionary.tables()[at]);
    fs::write(folder.path().join("jobs.csv"), "1,Cook\n").unwrap();
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"1,Ines\n").unwrap();
    fs::write(
        folder.path().join("employees.csv.gz"),
        packed.finish().unwrap(),
    )
    .unwrap();

    assert!(history.file(departments).unwrap().is_none());
    for (table, name, content, size) in [
        (jobs, "jobs.csv", "1,Cook\n", Some(7)),
        (employees, "employees.csv.gz", "1,Ines\n", None),
    ] {
        let file = history.file(table).unwrap().unwrap();
        assert_eq!((file.name().as_str(), file.size()), (name, size));
        for _ in 0..2 {
            let mut found = String::new();
            file.open().unwrap().read_to_string(&mut found).unwrap();
            assert_eq!(found, content);
        }
    }
    fs::write(folder.path().join("employees.csv"), "").unwrap();
    let error = history.file(employees).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("remove one of them"), "{error}");
    let nowhere = CsvFolder::new(folder.path().join("nowhere"));
    let error = nowhere.file(jobs).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("name the folder"), "{error}");
}

#[test]
fn rejected_rows_are_told_in_csv_that_other_readers_read() {
    let folder = tempfile::tempdir().unwrap();
    let rejects = RejectFolder::new(folder.path().join("rejects"));
    let dictionary = hr::dictionary();
    let jobs = dictionary.table("jobs").unwrap();
    let rejection = Rejection {
        row: 7,
        faults: vec![
            Fault::of_cell("job_id", "x,\"y\"", Reason::NotAnInteger),
            Fault::of_row(Reason::UnclosedQuote),
        ],
        original: "x,\"y\",,".to_owned(),
    };
    // Left by a process that was killed.
    let left = folder.path().join("rejects/.jobs.csv.partial");
    fs::create_dir(folder.path().join("rejects")).unwrap();
    fs::write(&left, "file,row").unwrap();
    let mut log = rejects.create(jobs, "jobs.csv").unwrap();
    assert!(!left.exists());
    log.add(&rejection).unwrap();
    // This one is in use.
    drop(rejects.create(jobs, "jobs.csv").unwrap());
    assert!(left.exists());
    let path = log.finish().unwrap().unwrap();
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let records: Vec<csv::StringRecord> = reader.records().map(|it| it.unwrap()).collect();
    let reason = "a quote is not closed on its line, or is followed by text";
    assert_eq!(
        records,
        [
            vec![
                "jobs.csv",
                "7",
                "job_id",
                "x,\"y\"",
                "not an integer",
                "x,\"y\",,"
            ],
            vec!["jobs.csv", "7", "", "", reason, "x,\"y\",,"],
        ]
    );
    let nothing = rejects.create(jobs, "jobs.csv").unwrap().finish();
    assert_eq!(nothing, Ok(None));
    assert!(!path.exists(), "a file without rejections has no log");
}

#[test]
fn logs_of_earlier_loads_are_kept_by_time_up_to_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let rejects = RejectFolder::new(folder.path().to_owned());
    let dictionary = hr::dictionary();
    let jobs = dictionary.table("jobs").unwrap();
    let path = folder.path().join("jobs.csv");
    for name in ["jobs-notes.csv", "jobs_2-20010909T014640.000Z.csv"] {
        fs::write(folder.path().join(name), "of somebody else").unwrap();
    }
    for row in 0..13 {
        let mut log = rejects.create(jobs, "jobs.csv").unwrap();
        let faults = vec![Fault::of_row(Reason::UnclosedQuote)];
        log.add(&Rejection {
            row,
            faults,
            original: String::new(),
        })
        .unwrap();
        assert_eq!(log.finish().unwrap().as_ref(), Some(&path));
        let written = SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000_000_000 + row);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(written).unwrap();
    }
    // The last load finds no fault.
    let log = rejects.create(jobs, "jobs.csv").unwrap();
    assert_eq!(log.finish(), Ok(None));
    let files = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let earlier = (3..13).map(|at| format!("jobs-20010909T014640.{at:03}Z.csv"));
    let others = ["jobs-notes.csv", "jobs_2-20010909T014640.000Z.csv"].map(str::to_owned);
    assert_eq!(names, earlier.chain(others).collect::<Vec<_>>());
    let content = fs::read_to_string(folder.path().join(&names[0])).unwrap();
    assert!(content.contains("\njobs.csv,3,"), "{content}");
}
