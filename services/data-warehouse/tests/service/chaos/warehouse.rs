//! The same faults as in the other tests, for longer, and those that need root.
//!
//! These take minutes: `--test-threads 1`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bad_input::a_long_line_is_refused;
use crate::crashes::{Fault, nothing_is_ever_half, requests_are_whole};
use crate::live::{survive_kills, survive_kills_of};
use crate::process::{run, succeed};
use crate::servers::Server;

/// How often each command is killed.
const KILLS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_of_each_command_leave_nothing_half_in_sqlite() {
    let data = tempfile::tempdir().unwrap();
    let keep = [("BACKUP_KEEP", "1000")];
    nothing_is_ever_half(data.path(), &keep, KILLS, &Fault::Process);
    let data = tempfile::tempdir().unwrap();
    requests_are_whole(data.path(), &[], KILLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_of_each_command_leave_nothing_half_in_postgresql_and_mariadb() {
    survive_kills(KILLS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_dies_ten_times_during_each_command_has_nothing_half() {
    survive_kills_of(Server::postgres(), "POSTGRES_TEST_URL", 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_that_dies_ten_times_during_each_command_has_nothing_half() {
    survive_kills_of(Server::mariadb(), "MARIADB_TEST_URL", 10).await;
}

#[test]
fn a_line_of_a_gibibyte_is_refused_in_bounded_memory() {
    a_long_line_is_refused(1 << 30);
}

/// A disk of half a megabyte, until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn at(path: &Path) -> Self {
        std::fs::create_dir_all(path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
            .arg(path)
            .status()
            .unwrap();
        assert!(mounted.success(), "a small disk takes root: run as root");
        Self(path.to_owned())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_is_full_at_a_backup_costs_no_earlier_backup_and_no_row() {
    let data = tempfile::tempdir().unwrap();
    let _disk = SmallDisk::at(&data.path().join("backups"));
    succeed(
        data.path(),
        &[],
        &["run", "--embedded", "--employees", "20000"],
    );
    let migrate = ["migrate", "--input", "sample/history"];
    succeed(data.path(), &[], &migrate);
    let variables = [("BACKUP_CODEC", "null")];
    let first = succeed(data.path(), &variables, &["backup", "jobs"]);
    let (name, _) = first.split_once(':').unwrap();
    // 19,800 employees take 1 MB.
    let output = run(data.path(), &variables, &["backup", "employees"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("No space left on device"), "{error}");
    assert!(
        error.contains("earlier backups are as they were"),
        "{error}"
    );
    println!("{}", error.lines().last().unwrap());
    let left: Vec<_> = std::fs::read_dir(data.path().join("backups"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, [name], "nothing half is left");
    succeed(data.path(), &variables, &["restore", "jobs"]);
    let packed = succeed(
        data.path(),
        &[("BACKUP_CODEC", "zstandard")],
        &["backup", "employees"],
    );
    assert!(packed.contains(": 19800 rows"), "{packed}");
}
