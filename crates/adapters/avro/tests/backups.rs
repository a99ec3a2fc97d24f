//! Backups in a folder, against the contract and against Apache's implementation of Avro.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use adapter_avro::{BackupFolder, Codec};
use apache_avro::types::Value as Avro;
use apache_avro::{Reader, Schema, Writer};
use proptest::prelude::*;
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::Table;
use warehouse_ports::contract::{backups::keep_their_contract, dictionary};
use warehouse_ports::{BackupError, Backups};

/// As the old system wrote it.
const JOBS: &str = r#"{"type": "record", "name": "jobs", "fields": [
    {"name": "job_id", "type": "int"}, {"name": "job_name", "type": "string"}]}"#;

fn table(name: &str) -> Arc<Table> {
    Arc::clone(dictionary().table(name).unwrap())
}

fn folder(path: &Path, codec: Codec) -> BackupFolder {
    BackupFolder::new(path.to_owned(), codec, 3)
}

fn jobs(rows: &[(i32, String)]) -> RowBatch {
    let mut batch = RowBatch::new(2);
    for (id, name) in rows {
        batch.push(Value::Integer(*id));
        batch.push(Value::Text(name));
    }
    batch
}

fn write(backups: &BackupFolder, rows: &[(i32, String)]) -> String {
    let mut writer = backups.create(table("jobs")).unwrap();
    writer.add(&jobs(rows)).unwrap();
    writer.finish(1000).unwrap().name
}

/// All rows, or the first error.
fn read(backups: &BackupFolder, name: Option<&str>) -> Result<Vec<(i32, String)>, BackupError> {
    let mut reader = backups.open(table("jobs"), name)?;
    let mut rows = Vec::new();
    while let Some(batch) = reader.next()? {
        for row in 0..batch.len() {
            let Value::Text(text) = batch.value(row, 1) else {
                panic!("a job without a name");
            };
            rows.push((batch.integer(row, 0), text.to_owned()));
        }
    }
    Ok(rows)
}

fn apache(rows: &[(i32, String)]) -> Vec<u8> {
    let schema = Schema::parse_str(JOBS).unwrap();
    let mut writer = Writer::new(&schema, Vec::new()).unwrap();
    for (id, name) in rows {
        let fields = [
            ("job_id", Avro::Int(*id)),
            ("job_name", Avro::String(name.clone())),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        writer.append_value(Avro::Record(fields.into())).unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn a_folder_keeps_the_contract_with_every_codec() {
    for codec in Codec::ALL {
        let place = tempfile::tempdir().unwrap();
        keep_their_contract(&folder(place.path(), codec));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn apaches_reader_reads_what_is_written(
        rows in proptest::collection::vec((any::<i32>(), "[a-zäß漢🙂]{1,60}"), 0..200),
    ) {
        for codec in [Codec::Null, Codec::Deflate] {
            let place = tempfile::tempdir().unwrap();
            let name = write(&folder(place.path(), codec), &rows);
            let bytes = fs::read(place.path().join(name)).unwrap();
            let found: Vec<_> = Reader::new(&bytes[..]).unwrap().map(|row| row.unwrap()).collect();
            let expected: Vec<_> = rows
                .iter()
                .map(|(id, name)| Avro::Record(vec![
                    ("job_id".to_owned(), Avro::Int(*id)),
                    ("job_name".to_owned(), Avro::String(name.clone())),
                ]))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    /// A file of another program has no digest to tell what was changed.
    #[test]
    fn a_foreign_file_that_was_changed_is_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for codec in Codec::ALL {
            let place = tempfile::tempdir().unwrap();
            let backups = folder(place.path(), codec);
            let path = place.path().join(write(&backups, &sample()));
            let mut bytes = fs::read(&path).unwrap();
            fs::remove_file(&path).unwrap();
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            fs::write(place.path().join("jobs.avro"), bytes).unwrap();
            let _ = read(&backups, None);
        }
    }

    #[test]
    fn what_apaches_writer_wrote_is_read(
        rows in proptest::collection::vec((any::<i32>(), "[a-zäß漢🙂]{1,60}"), 0..200),
    ) {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("jobs.avro"), apache(&rows)).unwrap();
        let backups = folder(place.path(), Codec::Null);
        prop_assert!(!backups.open(table("jobs"), None).unwrap().is_own());
        prop_assert_eq!(read(&backups, None).unwrap(), rows);
    }
}

fn sample() -> Vec<(i32, String)> {
    (0..50).map(|id| (id, format!("Job number {id}"))).collect()
}

#[test]
fn a_file_that_is_cut_off_is_refused_at_every_length() {
    for codec in Codec::ALL {
        let place = tempfile::tempdir().unwrap();
        let backups = folder(place.path(), codec);
        let path = place.path().join(write(&backups, &sample()));
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let found = read(&backups, None);
            assert!(
                matches!(found, Err(BackupError::Invalid(_))),
                "{codec:?} {length}: {found:?}"
            );
        }
        // A file of another program has no digest: cut off within a block, it is refused as well.
        fs::remove_file(&path).unwrap();
        let foreign = place.path().join("jobs.avro");
        for length in whole.len() - 30..whole.len() {
            fs::write(&foreign, &whole[..length]).unwrap();
            let found = read(&backups, None);
            assert!(
                matches!(found, Err(BackupError::Invalid(_))),
                "{codec:?} {length}: {found:?}"
            );
        }
    }
}

#[test]
fn a_backup_with_a_flipped_bit_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let backups = folder(place.path(), Codec::Deflate);
    let path = place.path().join(write(&backups, &sample()));
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            fs::write(&path, &bytes).unwrap();
            let found = read(&backups, None);
            assert!(
                matches!(found, Err(BackupError::Invalid(_))),
                "byte {at}, bit {bit}: {found:?}"
            );
        }
    }
}

#[test]
fn what_is_not_a_backup_of_the_table_is_refused_with_the_reason() {
    let schema = |name: &str, first: &str, second: &str| {
        let text = format!(
            r#"{{"type": "record", "name": "{name}", "fields": [
            {{"name": "job_id", "type": {first}}}, {{"name": "job_name", "type": {second}}}]}}"#
        );
        let schema = Schema::parse_str(&text).unwrap();
        Writer::new(&schema, Vec::new())
            .unwrap()
            .into_inner()
            .unwrap()
    };
    let text = |name: &str| apache(&[(1, name.to_owned())]);
    let cases = [
        (
            b"PK\x03\x04 not Avro".to_vec(),
            "not an Avro container file",
        ),
        (Vec::new(), "it ends in the middle"),
        (
            schema("employees", "\"int\"", "\"string\""),
            "its records are \"employees\"",
        ),
        (
            schema("jobs", "\"long\"", "\"string\""),
            "its field job_id is of the type \"long\"",
        ),
        (
            schema("jobs", "\"int\"", "\"bytes\""),
            "its field job_name is of the type",
        ),
        (text(""), "row 1, field job_name: empty"),
        (
            text("a\u{7}"),
            "row 1, field job_name: contains a control character",
        ),
        (
            text(&"x".repeat(256)),
            "row 1, field job_name: longer than 255 characters",
        ),
    ];
    for (bytes, says) in cases {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("jobs.avro"), bytes).unwrap();
        match read(&folder(place.path(), Codec::Null), None) {
            Err(BackupError::Invalid(said)) => assert!(said.contains(says), "{said}"),
            other => panic!("{says}: {other:?}"),
        }
    }
}

#[test]
fn a_block_that_claims_too_much_is_refused_in_bounded_memory() {
    let place = tempfile::tempdir().unwrap();
    let backups = folder(place.path(), Codec::Deflate);
    let path = place.path().join(write(&backups, &[]));
    let header = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let path = place.path().join("jobs.avro");
    // 65 MiB of zeros in some kilobytes, and a block of 2^62 bytes.
    let mut zeros = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(
        &mut std::io::Read::take(std::io::repeat(0), 65 << 20),
        &mut zeros,
    )
    .unwrap();
    let packed = zeros.finish().unwrap();
    let size = packed.len() << 1;
    let mut bomb = vec![
        2,
        (size & 0x7f) as u8 | 0x80,
        ((size >> 7) & 0x7f) as u8 | 0x80,
        (size >> 14) as u8,
    ];
    bomb.extend_from_slice(&packed);
    bomb.extend_from_slice(&header[header.len() - 16..]);
    let claim = [2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40];
    for (bytes, says) in [
        (&bomb[..], "too large"),
        (&claim[..], "it has a block of 1 rows"),
    ] {
        fs::write(&path, [&header, bytes].concat()).unwrap();
        match read(&backups, None) {
            Err(BackupError::Invalid(said)) => assert!(said.contains(says), "{said}"),
            other => panic!("{says}: {other:?}"),
        }
    }
}

#[test]
fn a_full_disk_costs_no_earlier_backup() {
    let place = tempfile::tempdir().unwrap();
    let backups = folder(place.path(), Codec::Null);
    write(&backups, &sample());
    // A file where the folder should be stands for a disk that takes nothing.
    let blocked = folder(&place.path().join(write(&backups, &sample())), Codec::Null);
    let error = blocked.create(table("jobs")).map(|_| ()).unwrap_err();
    assert!(
        matches!(&error, BackupError::Failed(said) if said.contains("check the folder")),
        "{error}"
    );
    assert_eq!(read(&backups, None), Ok(sample()));
}

#[test]
fn what_a_killed_process_left_is_removed_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let backups = folder(place.path(), Codec::Null);
    let name = write(&backups, &sample());
    fs::write(place.path().join(".unfinished-x"), "half").unwrap();
    backups.remove_unfinished().unwrap();
    let left: Vec<_> = fs::read_dir(place.path())
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(left, [name.as_str()]);
}
