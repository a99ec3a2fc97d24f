//! The data folder is full, may not be written, or holds damaged state.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::{Plan, tell};
use crate::client::Client;
use crate::process::{Service, program};

const SERVE: [&str; 7] = [
    "serve",
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--data-dir",
    "data",
];
const BOUND: Duration = Duration::from_secs(30);

/// A `serve` whose files cannot grow beyond `kibibytes`, as on a disk that is full.
fn with_room(kibibytes: u32, folder: &Path) -> Command {
    let mut shell = Command::new("bash");
    // Without the signal, the write fails as it does on a full disk.
    let limited = format!(r#"trap "" XFSZ; ulimit -f {kibibytes}; exec "$0" "$@""#);
    shell
        .args(["-c", &limited])
        .arg(env!("CARGO_BIN_EXE_data-emulator"));
    shell.env_clear().current_dir(folder).args(SERVE);
    shell
}

/// What a `serve` says that does not start.
fn refused(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        matches!(output.status.code(), Some(1 | 2)),
        "{:?}: {told}",
        output.status
    );
    assert_eq!(output.stdout, b"", "nothing is welcomed");
    told.lines().last().unwrap_or_default().to_owned()
}

/// A data folder in which a run is remembered, its file, and the run.
async fn remembered(folder: &Path) -> (PathBuf, String) {
    let service = Service::start_with(folder, &["--data-dir", "data"], Vec::new());
    let client = Client::of(&service);
    let id = client
        .post(&Plan::unlimited(1000).request("null", "any"))
        .await;
    client.ended(&id, BOUND).await;
    service.signal("TERM");
    assert_eq!(service.end(), Some(0));
    (folder.join("data/emulations.redb"), id)
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_state_is_told_at_the_start_and_kept_aside_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = remembered(folder.path()).await;
    let mut damaged = fs::read(&file).unwrap();
    damaged[..4096].fill(7);
    fs::write(&file, &damaged).unwrap();
    let mut command = program(folder.path());
    command.args(SERVE);
    let told = refused(command);
    assert!(
        told.contains("is damaged") && told.contains("STATE_ON_DAMAGE"),
        "{told}"
    );
    assert!(
        fs::read(&file).unwrap() == damaged,
        "the old state was changed"
    );

    let aside = [("STATE_ON_DAMAGE".to_owned(), "set-aside".to_owned())];
    let service = Service::start_with(folder.path(), &["--data-dir", "data"], aside.to_vec());
    let client = Client::of(&service);
    let id = client
        .post(&Plan::unlimited(1000).request("null", "any"))
        .await;
    client.ended(&id, BOUND).await;
    let kept = fs::read_dir(folder.path().join("data")).unwrap();
    let kept = kept
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_str().unwrap().contains(".damaged-"))
        .expect("the old state is kept aside");
    assert!(
        fs::read(kept).unwrap() == damaged,
        "the old state was changed"
    );
    tell(&format!(
        "state damaged: not started, file as it was; with set-aside started, file kept. {told}"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_may_not_be_written_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = remembered(folder.path()).await;
    let before = fs::read(&file).unwrap();
    // The other user may not be able to reach this binary where it is.
    let copy = folder.path().join("program");
    fs::copy(env!("CARGO_BIN_EXE_data-emulator"), &copy).unwrap();
    let allow =
        |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    for path in [folder.path(), &copy] {
        allow(path, 0o755);
    }
    for path in [file.clone(), file.with_file_name("emulations.lock")] {
        allow(&path, 0o444);
    }
    allow(file.parent().unwrap(), 0o555);
    let mut command = Command::new(&copy);
    command.env_clear().current_dir(folder.path()).args(SERVE);
    if fs::metadata(folder.path()).unwrap().uid() == 0 {
        // Permissions do not hold for the super-user.
        command.uid(65_534).gid(65_534);
    }
    let told = refused(command);
    allow(file.parent().unwrap(), 0o755);
    assert!(told.contains("may not be written"), "{told}");
    assert!(
        fs::read(&file).unwrap() == before,
        "the old state was changed"
    );
    tell(&format!(
        "data folder read-only: not started, file as it was. {told}"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_at_the_start_and_while_runs_come_and_loses_no_earlier_run() {
    let folder = tempfile::tempdir().unwrap();
    let (file, first) = remembered(folder.path()).await;
    let before = fs::read(&file).unwrap();
    let at_start = refused(with_room(1, folder.path()));
    assert!(at_start.contains("there is no room left"), "{at_start}");
    assert!(
        fs::read(&file).unwrap() == before,
        "the old state was changed"
    );

    let room = u32::try_from(before.len() >> 10).unwrap() + 64;
    let service = Service::of(with_room(room, folder.path()));
    let client = Client::of(&service);
    let mut accepted = vec![first];
    let told = loop {
        assert!(accepted.len() < 20_000, "the disk does not fill up");
        let request = Plan::unlimited(10).request("null", "any");
        let url = format!("{}/emulator/", client.url);
        let answer = client.http.post(url).json(&request).send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        if status != 201 {
            assert!(
                (500..600).contains(&status) || status == 429,
                "{status} {body}"
            );
            if status == 429 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            break format!("{status} {body}");
        }
        accepted.push(body["id"].as_str().unwrap().to_owned());
    };
    assert!(told.contains("there is no room left"), "{told}");
    drop(service);

    let service = Service::start_with(folder.path(), &["--data-dir", "data"], Vec::new());
    let client = Client::of(&service);
    for id in &accepted {
        let status = client.ended(id, BOUND).await;
        assert_eq!(status["status"]["global_status"], "completed", "{status}");
    }
    tell(&format!(
        "disk full at the start: {at_start}. Full while runs came: the next was refused: {told}. With \
         room again, all {} accepted runs are there and completed",
        accepted.len()
    ));
}
