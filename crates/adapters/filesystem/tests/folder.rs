//! Folders keep the contract of an object store, and what a crash leaves is no object.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use adapter_filesystem::FolderStore;
use emulator_domain::plan::Format;
use emulator_ports::contract::object_source;
use emulator_ports::contract::object_store::{keeps_its_contract, write};
use emulator_ports::{DestinationErrorKind, ObjectSource, ObjectStore};

#[tokio::test]
async fn the_contract_is_kept_and_no_unfinished_file_stays() {
    let root = tempfile::tempdir().unwrap();
    let store = FolderStore::new(root.path().join("made/when/needed"));
    let read = async |name: &str| fs::read(store.path("transactions", name).unwrap()).ok();
    keeps_its_contract(&store, "transactions", read).await;

    let mut folders = vec![root.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files += 1;
                let name = entry.file_name().into_string().unwrap();
                assert!(!name.starts_with('.'), "{name} was left behind");
            }
        }
    }
    assert!(files > 20);
}

#[tokio::test]
async fn the_contract_of_an_archive_is_kept() {
    let root = tempfile::tempdir().unwrap();
    let store = FolderStore::new(root.path().to_owned());
    object_source::keeps_its_contract(&store, "transactions", "other").await;
}

#[tokio::test]
async fn what_a_crash_left_is_replaced_when_the_object_is_written_again() {
    let root = tempfile::tempdir().unwrap();
    let store = FolderStore::new(root.path().to_owned());
    store.prepare("logs").await.unwrap();
    let leftover = root.path().join("logs/.a.json.partial");
    fs::write(&leftover, "longer than what is written now").unwrap();
    write(&store, "logs", "a.json", b"[]").await.unwrap();
    assert!(!leftover.exists());
    assert_eq!(fs::read(root.path().join("logs/a.json")).unwrap(), b"[]");
}

#[tokio::test]
async fn what_a_crash_left_is_reclaimed_and_what_is_being_written_is_not() {
    let root = tempfile::tempdir().unwrap();
    let store = FolderStore::new(root.path().to_owned());
    let names = ["run/part-0.json", "run/part-1.json", "b.json"].map(str::to_owned);
    store.prepare("logs").await.unwrap();
    store.reclaim("logs", &names).await.unwrap();
    fs::create_dir(root.path().join("logs/run")).unwrap();
    for name in ["run/.part-0.json.partial", "run/.part-2.json.partial"] {
        fs::write(root.path().join("logs").join(name), "left").unwrap();
    }
    let mut writer = store.create("logs", "b.json", Format::Json).await.unwrap();
    writer.write(b"[]").await.unwrap();
    store.reclaim("logs", &names).await.unwrap();
    writer.finish().await.unwrap();
    let left: Vec<_> = fs::read_dir(root.path().join("logs/run"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, [".part-2.json.partial"], "it was not asked for");
    assert_eq!(fs::read(root.path().join("logs/b.json")).unwrap(), b"[]");
}

#[tokio::test]
async fn two_writers_of_one_object_are_kept_apart() {
    let root = tempfile::tempdir().unwrap();
    let store = FolderStore::new(root.path().to_owned());
    store.prepare("logs").await.unwrap();
    let mut first = store.create("logs", "a.json", Format::Json).await.unwrap();
    first.write(b"first").await.unwrap();
    let error = store
        .create("logs", "a.json", Format::Json)
        .await
        .err()
        .unwrap();
    assert!(
        error
            .chain()
            .ends_with("another run is writing it at this moment"),
        "{}",
        error.chain()
    );
    first.finish().await.unwrap();
    write(&store, "logs", "a.json", b"second").await.unwrap();
    assert_eq!(
        fs::read(root.path().join("logs/a.json")).unwrap(),
        b"second"
    );
}

#[tokio::test]
async fn no_name_leads_out_of_its_container() {
    let root = tempfile::tempdir().unwrap();
    let store = FolderStore::new(root.path().join("root"));
    for (container, name) in [
        ("logs", "../a.json"),
        ("logs", "/a.json"),
        ("logs", "b/../../a.json"),
        ("logs", ""),
        ("logs", "b/"),
        ("..", "a.json"),
        ("", "a.json"),
        ("/elsewhere", "a.json"),
    ] {
        let error = store
            .create(container, name, Format::Json)
            .await
            .err()
            .unwrap();
        assert_eq!(
            error.kind,
            DestinationErrorKind::Refused,
            "{container:?} {name:?}"
        );
        assert!(
            error.to_string().contains("relative paths"),
            "{container:?} {name:?}: {error}"
        );
    }
    assert!(!root.path().join("root").exists());
}

#[tokio::test]
async fn a_file_where_the_folder_should_be_is_named() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    let store = FolderStore::new(file.clone());
    for error in [
        store.probe().await.unwrap_err(),
        store.prepare("logs").await.unwrap_err(),
    ] {
        assert_eq!(error.kind, DestinationErrorKind::Refused);
        assert!(
            error.to_string().contains(file.to_str().unwrap()),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_read_only_folder_does_not_answer_a_probe_and_a_missing_one_does() {
    let root = tempfile::tempdir().unwrap();
    let store = FolderStore::new(root.path().join("not/yet"));
    store.probe().await.unwrap();
    assert!(!root.path().join("not").exists(), "a probe changes nothing");
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let error = store.probe().await.unwrap_err();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(error.kind, DestinationErrorKind::Forbidden);
}

#[tokio::test]
async fn no_symbolic_link_leads_out_of_the_root() {
    let (outside, real) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let links = tempfile::tempdir().unwrap();
    // The root may be a link: that is the choice of whoever set it.
    let root = links.path().join("root");
    symlink(real.path(), &root).unwrap();
    let store = FolderStore::new(root.clone());
    let secret = outside.path().join("secret.json");
    fs::write(&secret, "before").unwrap();
    store.prepare("logs").await.unwrap();
    symlink(outside.path(), root.join("away")).unwrap();
    symlink(outside.path().join("new"), root.join("dangling")).unwrap();
    symlink(outside.path(), root.join("logs/run")).unwrap();
    symlink(&secret, root.join("logs/.a.json.partial")).unwrap();
    symlink(&secret, root.join("logs/b.json")).unwrap();
    symlink(root.join("logs"), root.join("inside")).unwrap();

    for container in ["away", "dangling"] {
        store.prepare(container).await.unwrap_err();
    }
    for (container, name) in [
        ("away", "secret.json"),
        ("dangling", "secret.json"),
        ("logs", "run/secret.json"),
        ("logs", "a.json"),
        ("logs", "b.json"),
    ] {
        write(&store, container, name, b"after").await.unwrap_err();
        let read = store.open(container, name).await;
        assert!(
            !matches!(read, Ok(Some(_))),
            "{container}/{name} is not read"
        );
        let _ = store.reclaim(container, &[name.to_owned()]).await;
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "before");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);

    write(&store, "inside", "c.json", b"[]").await.unwrap();
    assert_eq!(fs::read(real.path().join("logs/c.json")).unwrap(), b"[]");
    let error = store.prepare("away").await.unwrap_err();
    assert_eq!(error.kind, DestinationErrorKind::Refused);
    assert!(
        error
            .to_string()
            .contains("a symbolic link leads from there"),
        "{error}"
    );
}

#[tokio::test]
async fn a_device_in_place_of_an_object_is_not_read() {
    let root = tempfile::tempdir().unwrap();
    let store = FolderStore::new(root.path().to_owned());
    store.prepare("logs").await.unwrap();
    std::os::unix::net::UnixListener::bind(root.path().join("logs/a.json")).unwrap();
    let error = store.open("logs", "a.json").await.err().unwrap();
    assert_eq!(error.kind, DestinationErrorKind::Refused);
}
