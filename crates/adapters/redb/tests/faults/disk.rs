//! The disk is full, or may not be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use adapter_redb::OnDamage;

use crate::process::{binary, doing};

/// What a process said about its task.
fn said(mut command: Command) -> Vec<String> {
    let output = command.output().expect("the process is started");
    let text = String::from_utf8_lossy(&output.stdout);
    let said: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("> "))
        .map(str::to_owned)
        .collect();
    assert!(
        output.status.success() && !said.is_empty(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// A process whose files cannot grow beyond `kibibytes`, as on a disk that is full.
fn with_room(kibibytes: u32, task: &str, folder: &Path) -> Command {
    let mut shell = Command::new("bash");
    // Without the signal, the write fails as it does on a full disk.
    let limited = format!(r#"trap "" XFSZ; ulimit -f {kibibytes}; exec "$0" "$@""#);
    shell.arg("-c").arg(limited).arg(binary());
    doing(shell, task, folder)
}

#[test]
fn no_room_at_the_start_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let said = said(with_room(1, "open", folder.path()));
    assert!(
        said[0].starts_with("refused: ") && said[0].contains("there is no room left"),
        "{said:?}"
    );
    // With room again, it begins as if nothing had been.
    super::open(folder.path(), OnDamage::Fail).unwrap();
}

#[test]
fn no_room_to_examine_the_file_is_said_and_the_file_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    drop(super::open(folder.path(), OnDamage::Fail).unwrap());
    let file = folder.path().join("emulations.redb");
    let before = fs::read(&file).unwrap();
    let said = said(with_room(1, "open", folder.path()));
    assert!(
        said[0].starts_with("refused: ") && said[0].contains("there is no room left"),
        "{said:?}"
    );
    assert!(fs::read(&file).unwrap() == before);
}

#[tokio::test]
async fn a_disk_that_fills_up_is_said_and_loses_nothing_that_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let said = said(with_room(8192, "fill the disk", folder.path()));
    let kept: usize = said[0].strip_prefix("kept ").unwrap().parse().unwrap();
    assert!(kept > 5, "{said:?}");
    for (line, begins) in said[1..].iter().zip(["refused: ", "progress: ", "again: "]) {
        assert!(
            line.starts_with(begins)
                && line.contains("the state of the emulations cannot be kept")
                && line.contains("emulations.redb")
                && line.contains("there is no room left"),
            "{line}"
        );
    }
    assert_eq!(said.len(), 4, "{said:?}");
    let runs = super::open(folder.path(), OnDamage::Fail).unwrap();
    // Those that were kept and the one that goes on; the one that was not kept was tried again
    // when the process ended.
    let found = super::all(&runs).await.len();
    assert!(
        (kept + 1..=kept + 2).contains(&found),
        "{found}, {kept} kept"
    );
}

#[test]
fn a_folder_that_may_not_be_written_is_said() {
    let parent = tempfile::tempdir().unwrap();
    fs::set_permissions(parent.path(), Permissions::from_mode(0o755)).unwrap();
    let folder = parent.path().join("data");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
    // The other user may not be able to reach this binary where it is.
    let copy = parent.path().join("test");
    fs::copy(binary(), &copy).unwrap();
    fs::set_permissions(&copy, Permissions::from_mode(0o755)).unwrap();
    for path in [folder.clone(), folder.join("new")] {
        let mut command = doing(Command::new(&copy), "open", &path);
        if fs::metadata(&folder).unwrap().uid() == 0 {
            // Permissions do not hold for the super-user.
            command.uid(65_534).gid(65_534);
        }
        command.current_dir("/");
        let said = said(command);
        assert!(
            said[0].starts_with("refused: ") && said[0].contains("may not be written"),
            "{said:?}"
        );
    }
}

#[test]
fn a_file_where_the_folder_should_be_is_said() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "text").unwrap();
    for folder in [file.clone(), file.join("data")] {
        let error = super::open(&folder, OnDamage::Fail).err().unwrap();
        let text = error.to_string();
        assert!(
            text.contains("there is a file where a folder should be"),
            "{text}"
        );
    }
    assert_eq!(fs::read(&file).unwrap(), b"text");
}
