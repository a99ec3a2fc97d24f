//! The faults that a run must survive, one after the other, on a real Kafka and a real MinIO.
//!
//! `just test-chaos` installs and starts the servers and runs these with one thread: they take
//! their servers away from each other. Each test prints what it has counted, and
//! docs/reference/reliability.md keeps those lines.

mod account;
mod answers;
mod brokers;
mod crashes;
mod crowd;
mod servers;
mod signals;
mod state;
mod store;

use std::process::Command;

pub(crate) use crate::live::steered::Draws;
use crate::live::steered::{rerated, steered};
use crate::process::program;

/// Records of a run, unless the fault says otherwise.
const RECORDS: usize = 1_000_000;

/// What all runs here have in common, for the API and for the command.
pub(crate) struct Plan {
    pub(crate) count: usize,
    /// Records a second; a run that is to wait for event times begins now.
    pub(crate) realtime: Option<u32>,
    start_time: String,
}

impl Plan {
    /// As fast as the destination takes it.
    pub(crate) fn unlimited(count: usize) -> Self {
        Self {
            count,
            realtime: None,
            start_time: "2026-01-01T00:00:00Z".to_owned(),
        }
    }

    /// At `rate` records a second from now on.
    pub(crate) fn realtime(count: usize, rate: u32) -> Self {
        let now = jiff::Timestamp::now().as_second();
        let now =
            jiff::Timestamp::from_second(now).expect("the clock shows a time of the calendar");
        Self {
            count,
            realtime: Some(rate),
            start_time: now.to_string(),
        }
    }

    pub(crate) fn request(&self, sink: &str, destination: &str) -> serde_json::Value {
        serde_json::json!({
            "emulator_sync": sink, "emulation_domain": "transaction", "format_type": "ndjson",
            "sync_type": "chunked", "max_chunk_size": 12_000_000, "timeout": 3600,
            "count": self.count, "seed": 7, "start_time": self.start_time,
            "rate": self.realtime.unwrap_or(10_000),
            "pace": if self.realtime.is_some() { "realtime" } else { "unlimited" },
            "destination": destination,
        })
    }

    /// `emulate` with this plan.
    pub(crate) fn command(&self, folder: &std::path::Path, to: &str) -> Command {
        let mut command = program(folder);
        command
            .args(["emulate", "transaction", "--seed", "7", "--to", to])
            .args(["--sync", "chunked", "--max-chunk-size", "12000000"])
            .args(["--count", &self.count.to_string()])
            .args(["--start-time", &self.start_time])
            .args(["--rate", &self.realtime.unwrap_or(10_000).to_string()])
            .args([
                "--pace",
                if self.realtime.is_some() && to != "stdout" {
                    "realtime"
                } else {
                    "unlimited"
                },
            ]);
        command
    }
}

/// What a test has counted, for docs/reference/reliability.md.
#[allow(
    clippy::print_stdout,
    reason = "the figures are what these tests are run for"
)]
pub(crate) fn tell(text: &str) {
    println!("{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_paused_rerated_and_killed_a_hundred_times_delivers_each_record_once() {
    tell(&steered(100).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_other_rates_are_in_force_within_a_quarter_of_a_second() {
    tell(&rerated(200).await);
}
