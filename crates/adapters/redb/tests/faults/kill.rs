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
async fn after_a_kill_everything_is_there_and_progress_is_at_most_a_second_old() {
    for after in [300, 700, 1100, 1900, 2600] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = doing(Command::new(binary()), "make progress", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said: Vec<(Instant, u64)> = Vec::new();
        let mut killed = None;
        for line in lines {
            let line = line.unwrap();
            let Some(number) = line.strip_prefix("> ") else {
                continue;
            };
            said.push((Instant::now(), number.parse().unwrap()));
            if killed.is_none() && said[0].0.elapsed() > Duration::from_millis(after) {
                child.kill().unwrap();
                killed = Some(Instant::now());
            }
        }
        child.wait().unwrap();
        let a_second_before = killed.unwrap() - Duration::from_secs(1);
        let old = said.iter().filter(|(at, _)| *at < a_second_before);
        let least = old.map(|(_, number)| *number).max().unwrap_or(0);

        let runs = super::open(folder.path(), OnDamage::Fail).unwrap();
        let run = runs.find(emulation(1, 1).id()).await.unwrap().unwrap();
        let generated = run.counts().generated;
        let last = said.last().unwrap().1;
        // One may have been saved that was not said any more.
        assert!(
            (least..=last + 1).contains(&generated),
            "{generated} of {last}, after {after} ms at least {least}"
        );
        assert_eq!(run.checkpoint().next_index, generated);
        let ended = runs.find(emulation(2, 2).id()).await.unwrap().unwrap();
        assert_eq!(ended.status(), GlobalStatus::Cancelled);
    }
}
