//! The data warehouse's files.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::io::{Read, Write};

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
