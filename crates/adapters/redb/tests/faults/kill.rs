//! The process is killed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use adapter_redb::OnDamage;
use emulator_domain::emulation::GlobalStatus;
use emulator_ports::EmulationRepository;
use emulator_ports::contract::repository::emulation;

use crate::process::{binary, doing};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_everything_is_there_that_was_saved() {
    for after in [300, 700, 1100, 1900, 2600] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = doing(Command::new(binary()), "make progress", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut begun, mut last) = (None, 0);
        let mut killed = false;
        for line in lines {
            let line = line.unwrap();
            let Some(number) = line.strip_prefix("> ") else {
                continue;
            };
            last = number.parse().unwrap();
            if !killed
                && begun.get_or_insert_with(Instant::now).elapsed() > Duration::from_millis(after)
            {
                child.kill().unwrap();
                killed = true;
            }
        }
        child.wait().unwrap();
        let runs = super::open(folder.path(), OnDamage::Fail).unwrap();
        let run = runs.find(emulation(1, 1).id()).await.unwrap().unwrap();
        let generated = run.counts().generated;
        // One may have been saved that was not said any more.
        assert!(
            (last..=last + 1).contains(&generated),
            "{generated} of {last}, after {after} ms"
        );
        assert_eq!(run.checkpoint().next_index, generated);
        let ended = runs.find(emulation(2, 2).id()).await.unwrap().unwrap();
        assert_eq!(ended.status(), GlobalStatus::Cancelled);
    }
}
