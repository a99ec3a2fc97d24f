//! The real PostgreSQL and MariaDB of deploy/local, and Python's readers. Without them, these fail.

use std::fs;
use std::path::Path;
use std::process::Command;

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};

use crate::crashes::{Fault, nothing_is_ever_half, requests_are_whole};
use crate::process::succeed;
use crate::servers::{Server, env};
use crate::turns::{restores_take_turns, unsound_backups_are_refused};

/// The URL of a database of that name, created anew, on the server at that URL.
pub(crate) async fn database(server: &str, name: &str) -> String {
    let (place, _) = server.rsplit_once('/').unwrap();
    let drop = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"));
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    if server.starts_with("mysql") {
        let mut client = MySqlConnection::connect(server).await.unwrap();
        sqlx::raw_sql(drop).execute(&mut client).await.unwrap();
        sqlx::raw_sql(create).execute(&mut client).await.unwrap();
    } else {
        let mut client = PgConnection::connect(server).await.unwrap();
        sqlx::raw_sql(drop).execute(&mut client).await.unwrap();
        sqlx::raw_sql(create).execute(&mut client).await.unwrap();
    }
    format!("{place}/{name}")
}

/// The variables that name the URLs of the servers.
pub(crate) const SERVERS: [&str; 2] = ["POSTGRES_TEST_URL", "MARIADB_TEST_URL"];

/// Every command killed `times` times, on both servers.
pub(crate) async fn survive_kills(times: usize) {
    for server in SERVERS {
        let url = database(&env(server), "warehouse_killed").await;
        let data = tempfile::tempdir().unwrap();
        let variables = [("BACKUP_KEEP", "1000"), ("DATABASE_URL", &url)];
        nothing_is_ever_half(data.path(), &variables, times, &Fault::Process);
        requests_are_whole(data.path(), &variables, times).await;
        if url.starts_with("postgres") {
            nothing_is_left_beside(&url).await;
        }
    }
}

/// No table that a restore has created to take the place of another.
async fn nothing_is_left_beside(url: &str) {
    let mut client = PgConnection::connect(url).await.unwrap();
    let left = "SELECT relname::text FROM pg_class WHERE relname LIKE 'replacement%'";
    let left: Vec<String> = sqlx::query_scalar(left)
        .fetch_all(&mut client)
        .await
        .unwrap();
    assert!(left.is_empty(), "{left:?}");
}

/// The same with the database killed.
pub(crate) async fn survive_kills_of(server: Server, variable: &str, times: usize) {
    let url = database(&server.exported(variable), "warehouse_killed").await;
    let data = tempfile::tempdir().unwrap();
    let variables = [("BACKUP_KEEP", "1000"), ("DATABASE_URL", &url)];
    let fault = Fault::Database(server);
    nothing_is_ever_half(data.path(), &variables, times, &fault);
    if url.starts_with("postgres") {
        nothing_is_left_beside(&url).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_ever_half_in_postgresql_and_mariadb() {
    survive_kills(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_dies_and_comes_back_has_nothing_half() {
    survive_kills_of(Server::postgres(), "POSTGRES_TEST_URL", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_that_dies_and_comes_back_has_nothing_half() {
    survive_kills_of(Server::mariadb(), "MARIADB_TEST_URL", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restores_at_once_and_while_rows_come_in_take_turns() {
    for server in SERVERS {
        let url = database(&env(server), "warehouse_turns").await;
        let data = tempfile::tempdir().unwrap();
        restores_take_turns(data.path(), &[("DATABASE_URL", &url)]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_sound_backup_is_refused_whole_by_both() {
    for server in SERVERS {
        let url = database(&env(server), "warehouse_refused").await;
        let data = tempfile::tempdir().unwrap();
        unsound_backups_are_refused(data.path(), &[("DATABASE_URL", &url)]).await;
        if url.starts_with("postgres") {
            nothing_is_left_beside(&url).await;
        }
    }
}

fn python(folder: &Path, script: &str) -> String {
    let output = Command::new(env("LOCAL_PYTHON"))
        .current_dir(folder)
        .args(["-c", script])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn fastavro_reads_our_backups_and_we_read_its_and_pandas_gives_the_same_reports() {
    let data = tempfile::tempdir().unwrap();
    succeed(
        data.path(),
        &[],
        &["run", "--embedded", "--employees", "5000"],
    );
    let input = data.path().join("sample/history");
    let codecs = ["null", "deflate", "zstandard"];
    succeed(
        data.path(),
        &[],
        &["migrate", "--input", input.to_str().unwrap()],
    );
    for codec in codecs {
        fs::remove_dir_all(data.path().join("backups")).ok();
        succeed(
            data.path(),
            &[("BACKUP_CODEC", codec)],
            &["backup", "employees"],
        );
        let script = "\
import fastavro, glob, json, sys
[path] = glob.glob('backups/employees-*.avro')
rows = list(fastavro.reader(open(path, 'rb')))
schema = fastavro.reader(open(path, 'rb')).writer_schema
for codec in ['null', 'deflate', 'zstandard']:
    with open(f'{codec}.avro', 'wb') as out:
        fastavro.writer(out, schema, rows, codec=codec)
print(len(rows))
";
        assert_eq!(python(data.path(), script), "4950\n", "{codec}");
        for codec in codecs {
            let foreign = data.path().join("backups/employees.avro");
            fs::copy(data.path().join(format!("{codec}.avro")), &foreign).unwrap();
            let restore = ["restore", "employees", "--backup", "employees.avro"];
            let printed = succeed(data.path(), &[], &restore);
            assert!(printed.contains(": 4950 rows"), "{printed}");
            fs::remove_file(foreign).unwrap();
        }
    }
    for report in ["req1", "req2"] {
        succeed(data.path(), &[], &["report", report]);
    }
    // The same rules in another language, from the same rows.
    let script = "\
import fastavro, glob, pandas as pd
[path] = glob.glob('backups/employees-*.avro')
e = pd.DataFrame(fastavro.reader(open(path, 'rb')))
d = pd.read_csv('sample/history/departments.csv', names=['department_id', 'department'])
j = pd.read_csv('sample/history/jobs.csv', names=['job_id', 'job'])
t = pd.to_datetime(e.hiring_date)
e = e[t.dt.year == 2021].assign(q='Q' + t.dt.quarter.astype(str))
m = e.merge(d, on='department_id').merge(j, on='job_id')
a = m.pivot_table(index=['department', 'job'], columns='q', aggfunc='size', fill_value=0)
a = a.reindex(columns=['Q1', 'Q2', 'Q3', 'Q4'], fill_value=0).sort_index().reset_index()
a.to_csv('a.csv', index=False)
n = e.groupby('department_id').size().rename('hired').reset_index().merge(d, on='department_id')
n = n[n.hired > len(e) / len(d)].sort_values(['hired', 'department_id'], ascending=[False, True])
n = n.rename(columns={'department_id': 'id'})[['id', 'department', 'hired']]
n.to_csv('b.csv', index=False)
";
    python(data.path(), script);
    for (ours, theirs) in [("req1-2021.csv", "a.csv"), ("req2-2021.csv", "b.csv")] {
        let ours = fs::read_to_string(data.path().join("reports").join(ours)).unwrap();
        let theirs = fs::read_to_string(data.path().join(theirs)).unwrap();
        assert_eq!(ours, theirs);
        assert!(ours.lines().count() > 1, "{ours}");
    }
}
