//! SQLite.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod batches;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_sql::SqlDatabase;
use pipeline_domain::landing::Landing;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::contract::database::keeps_its_contract;
use pipeline_ports::{Database, PortError, PortErrorKind};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row as _, SqliteConnection};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_ports::{Finish, LoadMode};

fn database(file: &Path) -> SqlDatabase {
    let url = format!("sqlite:{}", file.display());
    SqlDatabase::at(&url.into(), Names::default()).unwrap()
}

async fn second_client(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    options.create_if_missing(true).connect().await.unwrap()
}

#[tokio::test]
async fn a_file_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(&folder.path().join("a file %20.db"));
    database.prepare().await.unwrap();
    keeps_its_contract(&database).await;
}

#[tokio::test]
async fn a_file_keeps_the_contract_of_a_warehouse() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("hr.db").display());
    let dictionary = warehouse_ports::contract::dictionary();
    let store = adapter_sql::open_warehouse(&url.into(), dictionary).unwrap();
    warehouse_ports::contract::store::keeps_its_contract(&*store).await;
}

/// Else it grows with every load, and the next process begins by reading all of it.
#[tokio::test]
async fn a_load_leaves_nothing_in_the_log_unless_somebody_reads_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hr.db");
    let dictionary = warehouse_ports::contract::dictionary();
    let table = Arc::clone(dictionary.table("jobs").unwrap());
    let url = format!("sqlite:{}", file.display());
    let store = adapter_sql::open_warehouse(&url.into(), dictionary).unwrap();
    store.prepare().await.unwrap();
    let restore = async |rows: i32| {
        let mut load = store.load(&table, LoadMode::Replace).await.unwrap();
        let mut batch = RowBatch::new(2);
        for key in 0..rows {
            batch.push(Value::Integer(key));
            batch.push(Value::Text("cook"));
        }
        load.add(&batch).await.unwrap();
        load.finish(Finish::Restored).await.unwrap();
        std::fs::metadata(folder.path().join("hr.db-wal"))
            .unwrap()
            .len()
    };
    assert_eq!(restore(10_000).await, 0);
    let mut client = second_client(&file).await;
    let mut reader = client.begin().await.unwrap();
    let count = "SELECT count(*) FROM jobs";
    let count = async |reader: &mut SqliteConnection| {
        sqlx::query_scalar::<_, i64>(count)
            .fetch_one(reader)
            .await
            .unwrap()
    };
    assert_eq!(count(&mut reader).await, 10_000);
    let began = Instant::now();
    assert!(restore(20_000).await > 0);
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "it waits for nobody"
    );
    assert_eq!(count(&mut reader).await, 10_000);
    reader.commit().await.unwrap();
    assert_eq!(restore(30_000).await, 0);
}

#[tokio::test]
async fn a_table_that_differs_from_the_dictionary_is_refused() {
    for (create, says) in [
        (
            "jobs (job_id INTEGER PRIMARY KEY NOT NULL)",
            "it has 1 columns, expected 2",
        ),
        (
            "jobs (job_id INTEGER PRIMARY KEY NOT NULL, title TEXT NOT NULL)",
            "found the column \"title\", expected job_name",
        ),
        (
            "jobs (job_id INTEGER PRIMARY KEY NOT NULL, job_name INTEGER NOT NULL)",
            "the column job_name is integer, expected text",
        ),
        (
            "jobs (job_id INTEGER NOT NULL, job_name TEXT NOT NULL)",
            "is not the primary key, but should be",
        ),
        (
            "jobs (job_id INTEGER PRIMARY KEY NOT NULL, job_name TEXT)",
            "the column job_name is nullable, expected NOT NULL",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hr.db");
        let sql = sqlx::AssertSqlSafe(format!("CREATE TABLE {create}"));
        let mut client = second_client(&file).await;
        sqlx::query(sql).execute(&mut client).await.unwrap();
        let url = format!("sqlite:{}", file.display());
        let dictionary = warehouse_ports::contract::dictionary();
        let store = adapter_sql::open_warehouse(&url.into(), dictionary).unwrap();
        let error = store.prepare().await.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn a_second_client_reads_the_rows_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    let database = database(&file);
    database.prepare().await.unwrap();
    for source in Source::ALL {
        let batch = batches::of(source, 0..700);
        database.land(&batch).await.unwrap();
        let mut client = second_client(&file).await;
        let rows = sqlx::query(batches::select(source))
            .fetch_all(&mut client)
            .await
            .unwrap();
        let read: Vec<_> = rows
            .iter()
            .map(|row| batches::row(source, |at| row.get(at), |at| row.get(at), |at| row.get(at)))
            .collect();
        let sent: Vec<_> = batch.into_iter().map(|arrival| arrival.row).collect();
        assert_eq!(read, sent);
    }
}

#[tokio::test]
async fn rows_survive_the_process_and_are_counted_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    let batch = batches::of(Source::Third, 0..10);
    for _ in 0..2 {
        let database = database(&file);
        database.prepare().await.unwrap();
        database.land(&batch).await.unwrap();
        assert_eq!(database.rows().await.unwrap(), [0, 0, 10]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_landers_at_once_land_each_row_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    batches::land_at_once(|| database(&file)).await;
}

#[tokio::test]
async fn rows_that_a_constraint_refuses_are_left_out_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    let mut client = second_client(&file).await;
    let create = sqlx::AssertSqlSafe(batches::constrained_table());
    sqlx::raw_sql(create).execute(&mut client).await.unwrap();
    batches::land_where_rows_are_refused(&database(&file)).await;
}

#[tokio::test]
async fn rows_that_a_trigger_refuses_are_left_out_and_a_table_that_refuses_all_is_soon_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    let database = database(&file);
    database.prepare().await.unwrap();
    let mut client = second_client(&file).await;
    let trigger = "CREATE TRIGGER closed BEFORE INSERT ON data1 WHEN NEW.id >= 10 \
                   BEGIN SELECT RAISE(ABORT, 'data1 is closed'); END";
    sqlx::raw_sql(trigger).execute(&mut client).await.unwrap();
    let began = std::time::Instant::now();
    let landings = database.land(&batches::of(Source::First, 5..5_000)).await;
    let refused = Landing::Refused("data1 is closed".to_owned());
    let mut expected = vec![Landing::Landed; 5];
    expected.extend(vec![refused; 4_990]);
    assert_eq!(landings.unwrap(), expected);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    assert_eq!(database.rows().await.unwrap(), [5, 0, 0]);
}

async fn refused_to_prepare(file: &Path) -> String {
    let error = database(file).prepare().await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Refused, "{error}");
    error.message
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    let letter = "not a database, but something that somebody wrote\n".repeat(100);
    std::fs::write(&file, &letter).unwrap();
    let message = refused_to_prepare(&file).await;
    assert!(message.contains("letter.txt"), "{message}");
    assert!(message.contains("another kind of file"), "{message}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), letter);
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1, "nothing is left beside it");
}

#[tokio::test]
async fn a_missing_folder_is_named_and_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let message = refused_to_prepare(&missing.join("rows.db")).await;
    let expected = format!("the folder {} of the SQLite", missing.display());
    assert!(message.contains(&expected), "{message}");
    assert!(!missing.exists());
    let message = refused_to_prepare(folder.path()).await;
    assert!(message.contains("check that it is a file"), "{message}");
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    let mut client = second_client(&file).await;
    sqlx::query("CREATE TABLE t (x)")
        .execute(&mut client)
        .await
        .unwrap();
    client.close().await.unwrap();
    // Not the file's permissions, which do not bind root: a newer version of the format, which
    // SQLite reads and does not write.
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[18] = 3;
    std::fs::write(&file, bytes).unwrap();
    let message = refused_to_prepare(&file).await;
    assert!(message.contains("it is read-only"), "{message}");
}

#[tokio::test]
async fn a_table_of_something_else_is_refused_and_an_equivalent_one_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    let mut client = second_client(&file).await;
    sqlx::query("CREATE TABLE data2 (id INTEGER PRIMARY KEY, colour TEXT)")
        .execute(&mut client)
        .await
        .unwrap();
    let message = refused_to_prepare(&file).await;
    assert!(
        message.contains("data2: it has no column feature1"),
        "{message}"
    );
    // As another program would declare it.
    let equivalent = "DROP TABLE data2; CREATE TABLE data2 (feature1 int, feature2 bigint, \
        feature3 INTEGER, feature4 INTEGER, feature5 FLOAT, feature6 double, feature7 INTEGER, \
        feature8 INTEGER, feature9 INTEGER, id INTEGER NOT NULL, PRIMARY KEY (id))";
    sqlx::raw_sql(equivalent)
        .execute(&mut client)
        .await
        .unwrap();
    let database = database(&file);
    database.prepare().await.unwrap();
    keeps_its_contract(&database).await;
}

#[tokio::test]
async fn without_tables_nothing_lands_and_the_message_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(&folder.path().join("rows.db"));
    let error = database.land(&batches::of(Source::First, 0..3)).await;
    let PortError { kind, message } = error.unwrap_err();
    assert_eq!(kind, PortErrorKind::Refused);
    assert!(message.contains("no such table"), "{message}");
}

#[tokio::test]
async fn a_file_that_another_process_writes_to_is_tried_again_later() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    let database = database(&file);
    database.prepare().await.unwrap();
    let batch = batches::of(Source::First, 0..3);
    let mut client = second_client(&file).await;
    let busy = client.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let error = database.land(&batch).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unreachable, "{error}");
    assert!(error.message.contains("another process"), "{error}");
    busy.rollback().await.unwrap();
    database.land(&batch).await.unwrap();
    assert_eq!(database.rows().await.unwrap(), [3, 0, 0]);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_leaves_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(&folder.path().join("rows.db"));
    database.prepare().await.unwrap();
    let batch = batches::of(Source::First, 0..3_000);
    for micros in (0..20_000).step_by(500) {
        let limit = std::time::Duration::from_micros(micros);
        let _ = tokio::time::timeout(limit, database.land(&batch)).await;
        let rows = database.rows().await.unwrap()[0];
        assert!([0, 3_000].contains(&rows), "{rows} after {limit:?}");
    }
    batches::land_until_done(&database, &batch).await;
    assert_eq!(database.rows().await.unwrap(), [3_000, 0, 0]);
}
