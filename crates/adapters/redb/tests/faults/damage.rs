//! The file is damaged.

use std::fs;
use std::path::{Path, PathBuf};

use adapter_redb::{OnDamage, OpenError};
use emulator_domain::Timestamp;
use emulator_domain::emulation::{Emulation, Outcome, RunFailure};
use emulator_ports::EmulationRepository;
use emulator_ports::contract::repository::emulation;

/// A file with runs, closed, and the runs.
async fn a_whole_file(folder: &Path) -> (PathBuf, Vec<Emulation>) {
    let runs = super::open(folder, OnDamage::Fail).expect("a new file");
    for number in 0..300 {
        let mut run = emulation(number, number as i64);
        runs.save(&run).await.expect("a run is saved");
        run.finish(
            Outcome::Failed(RunFailure::internal("y".repeat(500))),
            Timestamp::LATEST,
        )
        .expect("a waiting run ends");
        runs.save(&run).await.expect("a run is saved");
    }
    let saved = super::all(&runs).await;
    assert_eq!(saved.len(), 300);
    drop(runs);
    (folder.join("emulations.redb"), saved)
}

/// Numbers that are the same each time.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Damages the bytes in one of several ways; says how.
fn damage(draws: &mut Draws, bytes: &mut Vec<u8>) -> String {
    let len = bytes.len();
    let at = match draws.below(3) {
        // The header decides the most.
        0 => draws.below(512),
        1 => draws.below(16_384.min(len)),
        _ => draws.below(len),
    };
    match draws.below(5) {
        0 => {
            bytes[at] ^= 1 << draws.below(8);
            format!("a bit of byte {at}")
        }
        1 => {
            bytes[at] = draws.below(256) as u8;
            format!("byte {at}")
        }
        2 => {
            let end = len.min(at + 4096);
            bytes[at..end].fill(0);
            format!("zeros from {at}")
        }
        3 => {
            let end = len.min(at + 300);
            for byte in &mut bytes[at..end] {
                *byte = draws.below(256) as u8;
            }
            format!("noise from {at}")
        }
        _ => {
            bytes.truncate(at);
            format!("cut off at {at}")
        }
    }
}

#[tokio::test]
async fn damage_is_an_error_and_the_file_is_left_or_nothing_is_lost() {
    let whole = tempfile::tempdir().unwrap();
    let (file, saved) = a_whole_file(whole.path()).await;
    let bytes = fs::read(file).unwrap();
    let mut draws = Draws(7);
    let (mut found, mut harmless) = (0, 0);
    for _ in 0..150 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("emulations.redb");
        let mut damaged = bytes.clone();
        let how = damage(&mut draws, &mut damaged);
        fs::write(&file, &damaged).unwrap();
        match super::open(folder.path(), OnDamage::Fail) {
            Ok(runs) => {
                harmless += 1;
                assert!(super::all(&runs).await == saved, "{how} went unnoticed");
            }
            Err(error) => {
                found += 1;
                assert!(matches!(error, OpenError::Damaged { .. }), "{how}: {error}");
                let text = error.to_string();
                assert!(
                    text.contains(file.to_str().unwrap()) && text.contains("backup"),
                    "{text}"
                );
                assert!(fs::read(&file).unwrap() == damaged, "{how}: it was changed");
                assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
            }
        }
    }
    println!("{found} damages were found, {harmless} did no harm");
    assert!(found > 50 && harmless > 0);
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_when_asked_and_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("emulations.redb");
    let mut contents = Vec::new();
    for text in ["not a database", "", "nor is this"] {
        fs::write(&file, text).unwrap();
        contents.push(text.to_owned());
        assert!(super::open(folder.path(), OnDamage::Fail).is_err());
        let runs = super::open(folder.path(), OnDamage::SetAside).unwrap();
        assert_eq!(super::all(&runs).await, []);
        runs.save(&emulation(1, 1)).await.unwrap();
        drop(runs);
        let runs = super::open(folder.path(), OnDamage::SetAside).unwrap();
        assert_eq!(super::all(&runs).await, [emulation(1, 1)]);
        drop(runs);
        let mut aside: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().contains(".damaged-"))
            .collect();
        aside.sort();
        let found: Vec<_> = aside
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        assert_eq!(found, contents);
    }
}
