//! Another process: this test binary again, told what to do by its environment.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use adapter_redb::OnDamage;
use emulator_domain::Timestamp;
use emulator_domain::delivery::{Checkpoint, Counts};
use emulator_domain::emulation::{Outcome, RunFailure};
use emulator_ports::EmulationRepository;
use emulator_ports::contract::repository::emulation;

const TASK: &str = "REDB_TEST_TASK";
const FOLDER: &str = "REDB_TEST_FOLDER";

/// The arguments that make a process of this binary do its task.
pub(crate) const ARGUMENTS: [&str; 5] = [
    "--exact",
    "process::does_what_another_test_asks",
    "--ignored",
    "--nocapture",
    "--test-threads=1",
];

/// A command that does `task` on `folder`, begun as `program`.
pub(crate) fn doing(mut program: Command, task: &str, folder: &Path) -> Command {
    program.args(ARGUMENTS).env(TASK, task).env(FOLDER, folder);
    program
}

/// This binary.
pub(crate) fn binary() -> PathBuf {
    std::env::current_exe().expect("a test knows its own path")
}

#[test]
#[ignore = "the other process of the tests beside it"]
fn does_what_another_test_asks() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("started by another test"));
    let task = std::env::var(TASK).expect("started by another test");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        match task.as_str() {
            "make progress" => make_progress(&folder).await,
            "fill the disk" => fill_the_disk(&folder).await,
            "open" => match super::open(&folder, OnDamage::Fail) {
                Ok(_) => say("opened"),
                Err(error) => say(&format!("refused: {error}")),
            },
            other => panic!("{other:?} is not a task"),
        }
    });
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n> {line}").expect("the other test listens");
    out.flush().expect("the other test listens");
}

/// Saves a run that ends and one that goes on, and says so, until it is killed.
async fn make_progress(folder: &Path) {
    let runs = super::open(folder, OnDamage::Fail).expect("it can be opened");
    let mut ended = emulation(2, 2);
    runs.save(&ended).await.expect("it can be kept");
    ended
        .finish(Outcome::Cancelled, Timestamp::LATEST)
        .expect("its life cycle allows it");
    runs.save(&ended).await.expect("it can be kept");
    let mut run = emulation(1, 1);
    runs.save(&run).await.expect("it can be kept");
    say("0");
    run.start(Timestamp::EARLIEST, 1)
        .expect("its life cycle allows it");
    for generated in 1..=1000 {
        let counts = Counts {
            generated,
            acknowledged: generated,
            ..Counts::default()
        };
        let checkpoint = Checkpoint {
            next_index: generated,
            acknowledged_units: generated,
        };
        run.progress(counts, checkpoint, 0.0)
            .expect("its life cycle allows it");
        runs.save(&run).await.expect("it can be kept");
        say(&generated.to_string());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody killed this process");
}

/// Saves ended runs until one cannot be, then tries once more and says how that went.
async fn fill_the_disk(folder: &Path) {
    let runs = super::open(folder, OnDamage::Fail).expect("it can be opened");
    let mut going_on = emulation(1_000_000, 0);
    runs.save(&going_on).await.expect("it can be kept");
    going_on
        .start(Timestamp::EARLIEST, 1)
        .expect("its life cycle allows it");
    for number in 1.. {
        let mut run = emulation(number, number as i64);
        run.finish(
            Outcome::Failed(RunFailure::internal("x".repeat(100_000))),
            Timestamp::LATEST,
        )
        .expect("its life cycle allows it");
        if let Err(error) = runs.save(&run).await {
            say(&format!("kept {}", number - 1));
            say(&format!("refused: {error}"));
            let seen = runs.find(run.id()).await.expect("it can be read");
            assert_eq!(seen.as_ref(), Some(&run), "memory tells the truth");
            let progress = runs.save(&going_on).await;
            say(&format!(
                "progress: {}",
                progress.expect_err("there is no room")
            ));
            tokio::time::sleep(Duration::from_millis(2500)).await;
            let again = runs.save(&emulation(number + 1, 0)).await;
            say(&format!("again: {}", again.expect_err("there is no room")));
            return;
        }
    }
}
