//! `emulate --to minio`, beside the same plan to a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::readers::{bucket, fresh, open_uploads, servers};
use crate::process::program;

/// All files below a folder by their path in it, with their SHA-256.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let digest = Sha256::digest(fs::read(&path).unwrap());
            let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            found.insert(
                path.strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned(),
                digest,
            );
        }
    }
    found
}

#[test]
fn a_bucket_holds_the_same_objects_as_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    for (domain, format, sync, count) in [
        ("transaction", "ndjson", "grouped", 200_000),
        ("transaction", "json", "chunked", 100_000),
        ("device-log", "csv", "chunked", 100_000),
        ("user-profile", "json", "grouped", 9_000),
        ("device-log", "json", "single", 500),
        ("user-profile", "csv", "single", 500),
    ] {
        let name = fresh(sync);
        let succeed = |line: &str| {
            let output = program(folder.path())
                .args(line.split(' '))
                .envs(servers())
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{line}: {told}");
        };
        let emulate = |target: &str, workers: u32| {
            succeed(&format!(
                "emulate {domain} --to {target} --format {format} --sync {sync} --count {count} \
                 --max-chunk-size 9000000 --seed 7 --start-time 2026-01-01T00:00:00Z \
                 --destination {name} --workers {workers} --manifest {target}.json"
            ));
        };
        emulate("minio", 2);
        emulate("file:out", 7);
        succeed("verify minio.json");
        succeed("verify file:out.json --from file:out");
        let expected = files(&folder.path().join("out").join(&name));
        let stored: BTreeMap<_, _> = bucket(&name, "").into_iter().collect();
        assert!(!stored.is_empty());
        assert_eq!(stored, expected, "{domain} {format} {sync}");
        for object in stored.keys().take(3) {
            assert_eq!(open_uploads(&name, object), 0);
        }
    }
}

#[test]
fn a_wrong_secret_key_is_told_without_saying_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path())
        .args(["emulate", "transaction", "--to", "minio", "--count", "10"])
        .args(["--destination", &fresh("refused"), "--debug"])
        .envs(servers())
        .env("MINIO_SECRET_KEY", "correct-horse-battery")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("secret key") || told.contains("MINIO_SECRET_KEY"),
        "{told}"
    );
    assert!(!told.contains("correct-horse-battery"));
}
