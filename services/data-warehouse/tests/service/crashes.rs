//! kill -9 at moments that nobody chose.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::process::{Service, answer, program, succeed};

/// Employees of the history; 1 in 100 is rejected.
const EMPLOYEES: u32 = 20_000;

pub(crate) const ACCEPTED: u64 = 19_800;

/// A moment up to the longest.
pub(crate) fn moment(longest: Duration) -> Duration {
    longest.mul_f64(RandomState::new().hash_one(1) as f64 / u64::MAX as f64)
}

/// What happens to a command in the middle of its work.
pub(crate) enum Fault {
    /// kill -9.
    Process,
    /// kill -9 of the database, which comes back afterwards.
    #[cfg(feature = "live")]
    Database(crate::servers::Server),
}

impl Fault {
    /// Starts the command, and lets the fault happen after that time.
    fn strike(&self, data: &Path, variables: &[(&str, &str)], arguments: &[&str], after: Duration) {
        let mut process = program(data, variables, arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(after);
        match self {
            Self::Process => {
                process.kill().unwrap();
                process.wait().unwrap();
            }
            #[cfg(feature = "live")]
            Self::Database(server) => {
                server.kill9();
                let output = process.wait_with_output().unwrap();
                let error = String::from_utf8(output.stderr).unwrap();
                let code = output.status.code();
                assert!(matches!(code, Some(0 | 1 | 3)), "{code:?}: {error}");
                assert!(
                    code == Some(0) || error.contains("cannot be used"),
                    "{error}"
                );
                server.up();
            }
        }
    }
}

/// How long the command takes when nobody disturbs it.
fn time(data: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Duration {
    let start = Instant::now();
    succeed(data, variables, arguments);
    start.elapsed()
}

/// Rows of the table, as a backup of it finds them.
fn employees(data: &Path, variables: &[(&str, &str)]) -> u64 {
    let printed = succeed(data, variables, &["backup", "employees"]);
    let (_, rest) = printed.split_once(": ").unwrap();
    rest.split_once(" rows").unwrap().0.parse().unwrap()
}

/// Migrate, back up and restore, each struck `times` times, in a database without rows.
pub(crate) fn nothing_is_ever_half(
    data: &Path,
    variables: &[(&str, &str)],
    times: usize,
    fault: &Fault,
) {
    let sample = data.join("sample/history");
    let count = EMPLOYEES.to_string();
    succeed(data, &[], &["run", "--embedded", "--employees", &count]);
    // The file of employees alone, so that a backup of it counts all that there is to count.
    let input = data.join("history");
    fs::create_dir(&input).unwrap();
    fs::rename(sample.join("employees.csv"), input.join("employees.csv")).unwrap();
    let migrate = ["migrate", "--input", input.to_str().unwrap()];

    // Emptied again by restoring the backup of the empty table.
    assert_eq!(employees(data, variables), 0);
    let backups = data.join("backups");
    let kept = |name: &str| {
        fs::read_dir(&backups)
            .unwrap()
            .any(|it| it.unwrap().file_name() == name)
    };
    let empty = fs::read_dir(&backups)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name();
    let empty = empty.to_str().unwrap();
    let longest = time(data, variables, &migrate).mul_f64(1.1);
    for _ in 0..times {
        succeed(
            data,
            variables,
            &["restore", "employees", "--backup", empty],
        );
        fault.strike(data, variables, &migrate, moment(longest));
        let found = employees(data, variables);
        assert!(found == 0 || found == ACCEPTED, "half a file: {found} rows");
        succeed(data, variables, &migrate);
        assert_eq!(
            employees(data, variables),
            ACCEPTED,
            "the same command ends what was begun"
        );
        assert!(kept(empty), "a backup is lost");
    }

    let full = ["restore", "employees"];
    let to_empty = ["restore", "employees", "--backup", empty];
    let longest = time(data, variables, &full).mul_f64(1.1);
    for turn in 0..times {
        let command: &[&str] = if turn % 2 == 0 { &to_empty } else { &full };
        fault.strike(data, variables, command, moment(longest));
        let found = employees(data, variables);
        assert!(
            found == 0 || found == ACCEPTED,
            "half a table: {found} rows"
        );
        succeed(data, variables, &to_empty);
        succeed(data, variables, &migrate);
    }

    let backup = ["backup", "employees"];
    let longest = time(data, variables, &backup).mul_f64(1.1);
    for _ in 0..times {
        fault.strike(data, variables, &backup, moment(longest));
        // Whatever is there is whole: the newest restores.
        let printed = succeed(data, variables, &full);
        assert!(printed.contains(&format!(": {ACCEPTED} rows")), "{printed}");
        assert!(kept(empty), "an earlier backup is lost");
    }
}

/// Requests with keys while the service is killed: each is there once, whole or not at all.
pub(crate) async fn requests_are_whole(data: &Path, variables: &[(&str, &str)], times: usize) {
    const ROWS: i32 = 200;
    for turn in 0..times {
        let mut service = Service::start(data, variables);
        let request = |service: &Service, number: i32| {
            let first = number * ROWS;
            let rows: serde_json::Value = (first..first + ROWS)
                .map(|id| json!([id, format!("Job {id}")]))
                .collect();
            let request = service.post("/tables/jobs/rows").json(&rows);
            request.header("idempotency-key", format!("request {number}"))
        };
        let first = turn as i32 * 100;
        let work = async {
            for number in first..first + 100 {
                if request(&service, number).send().await.is_err() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(moment(Duration::from_millis(300)), work).await;
        service.kill();
        let service = Service::start(data, variables);
        for number in first..first + 100 {
            let place = format!("/tables/jobs/rows?from={}&limit=200", number * ROWS);
            let (_, page) = answer(service.get(&place)).await;
            let rows = page["rows"].as_array().unwrap().iter();
            let last = (number + 1) * ROWS;
            let found = rows
                .filter(|row| row["job_id"].as_i64().unwrap() < i64::from(last))
                .count();
            assert!(
                found == 0 || found == ROWS as usize,
                "{found} rows of a request"
            );
        }
        for number in first..first + 100 {
            let (status, body) = answer(request(&service, number)).await;
            assert_eq!(
                (status, body["inserted"].as_i64()),
                (200, Some(i64::from(ROWS))),
                "{body}"
            );
        }
    }
}

#[test]
fn sqlite_is_never_half() {
    let data = tempfile::tempdir().unwrap();
    let keep = [("BACKUP_KEEP", "1000")];
    nothing_is_ever_half(data.path(), &keep, 3, &Fault::Process);
}

#[tokio::test]
async fn requests_to_sqlite_are_whole() {
    let data = tempfile::tempdir().unwrap();
    requests_are_whole(data.path(), &[], 2).await;
}

#[test]
fn a_file_system_that_takes_no_more_costs_no_earlier_backup() {
    let data = tempfile::tempdir().unwrap();
    succeed(
        data.path(),
        &[],
        &["run", "--embedded", "--employees", "20000"],
    );
    let sample = data.path().join("sample");
    let first = succeed(&sample, &[], &["backup", "employees"]);
    // Files may have 64 KiB from here on.
    let limited = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let program = program(&sample, &[], &["backup", "employees"]);
    let output = std::process::Command::new("bash")
        .args(["-c", limited])
        .arg(program.get_program())
        .args(program.get_args())
        .env("DATA_DIR", &sample)
        .env("BACKUP_CODEC", "null")
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("earlier backups are as they were"),
        "{error}"
    );
    let left: Vec<_> = fs::read_dir(sample.join("backups"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        left,
        [first.split_once(':').unwrap().0],
        "nothing half is left"
    );
    let printed = succeed(&sample, &[], &["restore", "employees"]);
    assert!(printed.contains(&format!(": {ACCEPTED} rows")), "{printed}");
}
