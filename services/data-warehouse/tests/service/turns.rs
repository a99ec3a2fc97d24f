//! Restores at once, and while rows come in.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adapter_avro::{BackupFolder, Codec};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use warehouse_domain::batch::{RowBatch, Value as RowValue};
use warehouse_domain::hr;
use warehouse_ports::Backups;

use crate::process::{Service, answer};

/// The rows of a backup.
const ROWS: i64 = 3_000;

/// Keys of rows that come in while others are restored.
const NEW: i64 = 1_000_000;

fn named(row: &Value) -> char {
    row["job_name"].as_str().unwrap().chars().next().unwrap()
}

/// Fills the table with rows whose names begin with `mark`, backs it up, and gives the name.
async fn back_up(service: &Service, mark: char) -> String {
    for first in (0..ROWS).step_by(1000) {
        let rows: Value = (first..first + 1000)
            .map(|id| json!([id, format!("{mark}{id}")]))
            .collect();
        let (status, body) = answer(service.post("/tables/jobs/rows").json(&rows)).await;
        assert_eq!(status, 200, "{body}");
    }
    let (status, body) = answer(service.post("/backup/jobs")).await;
    assert_eq!(status, 200, "{body}");
    body["backup"]["name"].as_str().unwrap().to_owned()
}

/// Two backups, each restored several times at once while rows come in and others look: who looks
/// sees one of them, whole; no row that was accepted after the last restore is lost.
pub(crate) async fn restores_take_turns(data: &Path, variables: &[(&str, &str)]) {
    let service = Arc::new(Service::start(data, variables));
    let (_, empty) = answer(service.post("/backup/jobs")).await;
    let empty = empty["backup"]["name"].as_str().unwrap().to_owned();
    let a = back_up(&service, 'a').await;
    let (status, body) = answer(service.post(&format!("/restore/jobs?backup={empty}"))).await;
    assert_eq!((status, body["rows"].as_i64()), (200, Some(0)), "{body}");
    let b = back_up(&service, 'b').await;

    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (service, done) = (Arc::clone(&service), Arc::clone(&done));
        async move {
            let mut sent = 0;
            while !done.load(Ordering::Relaxed) {
                let rows = json!([[NEW + sent, "new"]]);
                let (status, body) = answer(service.post("/tables/jobs/rows").json(&rows)).await;
                assert_eq!(status, 200, "{body}");
                sent += 1;
            }
            sent
        }
    });
    let reader = tokio::spawn({
        let (service, done) = (Arc::clone(&service), Arc::clone(&done));
        async move {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                let (_, page) = answer(service.get("/tables/jobs/rows?from=0&limit=1000")).await;
                let rows = page["rows"].as_array().unwrap();
                assert_eq!(rows.len(), 1000);
                let first = named(&rows[0]);
                assert!(
                    rows.iter().all(|row| named(row) == first),
                    "two tables in one"
                );
                looks += 1;
            }
            looks
        }
    });
    for _ in 0..3 {
        let restore = async |name: &str| {
            let (status, body) =
                answer(service.post(&format!("/restore/jobs?backup={name}"))).await;
            assert_eq!((status, body["rows"].as_i64()), (200, Some(ROWS)), "{body}");
        };
        tokio::join!(restore(&a), restore(&b), restore(&a));
    }
    done.store(true, Ordering::Relaxed);
    let (sent, looks) = (writer.await.unwrap(), reader.await.unwrap());
    assert!(sent > 0 && looks > 0, "{sent} rows came in, {looks} looks");

    let last = json!([[NEW + sent, "new"]]);
    answer(service.post("/tables/jobs/rows").json(&last)).await;
    let (mut rows, mut from) = (Vec::new(), Some(0));
    while let Some(key) = from {
        let (_, page) =
            answer(service.get(&format!("/tables/jobs/rows?from={key}&limit=1000"))).await;
        rows.extend(page["rows"].as_array().unwrap().clone());
        from = page["next"].as_i64();
    }
    let (old, new): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|row| row["job_id"].as_i64().unwrap() < NEW);
    assert_eq!(old.len(), ROWS as usize);
    assert!(old.iter().all(|row| named(row) == named(&old[0])));
    // Those since the last restore, without a gap.
    let new: Vec<i64> = new
        .iter()
        .map(|row| row["job_id"].as_i64().unwrap())
        .collect();
    let since = NEW + sent + 1 - new.len() as i64;
    assert_eq!(new, (since..=NEW + sent).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn restores_at_once_and_while_rows_come_in_take_turns_in_sqlite() {
    let data = tempfile::tempdir().unwrap();
    restores_take_turns(data.path(), &[]).await;
}

/// A backup as this program names it, digest and all, of rows that no table of it could have.
fn forge(backups: &Path, rows: &[(i32, &str)]) -> String {
    let dictionary = hr::dictionary();
    let table = dictionary.table("jobs").unwrap();
    let folder = BackupFolder::new(backups.to_owned(), Codec::Null, 5);
    let mut writer = folder.create(Arc::clone(table)).unwrap();
    // Batches of their own: the first ones are loaded by the time the last is read.
    for chunk in rows.chunks(5_000) {
        let mut batch = RowBatch::new(2);
        for (key, name) in chunk {
            batch.push(RowValue::Integer(*key));
            batch.push(RowValue::Text(name));
        }
        writer.add(&batch).unwrap();
    }
    writer.finish(1_637_489_472_120).unwrap().name
}

/// Files that are cut off, changed, foreign, or sound but for a row: each is refused with its reason.
pub(crate) async fn unsound_backups_are_refused(data: &Path, variables: &[(&str, &str)]) {
    let service = Service::start(data, variables);
    let name = back_up(&service, 'a').await;
    let folder = data.join("backups");
    let whole = std::fs::read(folder.join(&name)).unwrap();
    std::fs::remove_file(folder.join(&name)).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let employees = r#"{"name":"employees","type":"record","fields":[]}"#;
    let foreign = [
        b"Obj\x01\x02\x16avro.schema",
        &[employees.len() as u8 * 2][..],
        employees.as_bytes(),
        &[0; 17],
    ];
    let faulty = |last: (i32, &'static str)| {
        let rows = (0..100_000).map(|key| (key, "b"));
        let name = forge(&folder, &rows.chain([last]).collect::<Vec<_>>());
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        (name, bytes)
    };
    let (doubled, doubled_bytes) = faulty((7, "c"));
    let (empty, empty_bytes) = faulty((100_000, ""));
    let two = "two of its rows have the key 7";
    let row = "row 100001, field job_name: empty";
    for (name, bytes, says) in [
        (
            &*name,
            &whole[..whole.len() - 1],
            "its bytes are not those that were written",
        ),
        (
            &*name,
            &flipped,
            "its bytes are not those that were written",
        ),
        ("jobs.avro", &whole[..whole.len() / 2], "cannot be restored"),
        (
            "jobs.avro",
            &whole[..whole.len() - 1],
            "it ends in the middle",
        ),
        ("jobs.avro", b"", "it ends in the middle"),
        (
            "jobs.avro",
            b"id,name\n1,a\n",
            "it is not an Avro container file",
        ),
        (
            "jobs.avro",
            &foreign.concat(),
            "its records are \"employees\"",
        ),
        ("jobs.avro", &doubled_bytes, two),
        ("jobs.avro", &empty_bytes, row),
        (&doubled, &doubled_bytes, two),
        (&empty, &empty_bytes, row),
    ] {
        std::fs::write(folder.join(name), bytes).unwrap();
        let (status, body) = answer(service.post(&format!("/restore/jobs?backup={name}"))).await;
        let detail = body["detail"].as_str().unwrap();
        assert_eq!(status, 422, "{detail}");
        assert!(detail.contains(says), "{says}: {detail}");
        std::fs::remove_file(folder.join(name)).unwrap();
        let (_, tables) = answer(service.get("/tables")).await;
        assert_eq!(tables["tables"][1]["rows"], ROWS, "the table is as it was");
    }
    let (_, page) = answer(service.get("/tables/jobs/rows?from=0&limit=1000")).await;
    let rows = page["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| named(row) == 'a'), "of the old rows");
    let (status, body) = answer(
        service
            .post("/tables/jobs/rows")
            .json(&json!([[NEW, "new"]])),
    )
    .await;
    assert_eq!(status, 200, "who writes need not wait for ever: {body}");
}

#[tokio::test]
async fn what_is_no_sound_backup_is_refused_whole_and_the_table_is_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    unsound_backups_are_refused(data.path(), &[]).await;
}

/// While another writes, what begins to write waits for a minute.
#[tokio::test]
async fn a_damaged_backup_is_refused_before_the_database_is_touched() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path(), &[]);
    let folder = data.path().join("backups");
    let own = forge(&folder, &[(1, "a"), (1, "b")]);
    let bytes = std::fs::read(folder.join(&own)).unwrap();
    std::fs::write(folder.join("jobs.avro"), &bytes).unwrap();
    std::fs::write(folder.join(&own), &bytes[..bytes.len() - 1]).unwrap();

    let file = data.path().join("warehouse.db");
    let url = format!("sqlite:{}", file.display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    let _writes = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    for (name, says) in [("jobs.avro", "the key 1"), (&own, "its bytes are not")] {
        let (status, body) = answer(service.post(&format!("/restore/jobs?backup={name}"))).await;
        let detail = body["detail"].as_str().unwrap();
        assert!(status == 422 && detail.contains(says), "{status}: {detail}");
    }
}
