//! Measures memory and time needed to remember the arrivals of many ids:
//!
//! ```sh
//! cargo run --release -p adapter-redb --example many_ids -- FOLDER [IDS]
//! ```
//!
//! Each id arrives on three topics, in batches of 5,000 events, as the acknowledger saves them.
#![allow(clippy::print_stdout, reason = "it is a command")]

use std::path::PathBuf;
use std::time::Instant;

use adapter_redb::{OnDamage, RedbArrivals};
use pipeline_domain::log::{Offsets, Partition};
use pipeline_domain::source::Source;
use pipeline_ports::{Arrivals, Durability};

/// How many batches of each topic separate the arrivals of the same id on two topics.
const AHEAD: i64 = 20;
const BATCH: i64 = 5_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder")?);
    let ids: i64 = arguments
        .next()
        .map_or(Ok(10_000_000), |text| text.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let arrivals = RedbArrivals::open(&folder, OnDamage::Fail)?;
        let (begun, mut complete) = (Instant::now(), 0);
        for batch in 0..ids / BATCH + 2 * AHEAD {
            for source in Source::ALL {
                let first = (batch - AHEAD * source.index() as i64) * BATCH;
                if !(0..ids).contains(&first) {
                    continue;
                }
                let batch_ids: Vec<i64> = (first..first + BATCH).collect();
                let seen = arrivals.seen(batch_ids.clone()).await?;
                let changes: Vec<_> = batch_ids
                    .into_iter()
                    .zip(seen)
                    .map(|(id, seen)| (id, seen.and(source)))
                    .collect();
                complete += changes
                    .iter()
                    .filter(|(_, seen)| seen.is_complete())
                    .count();
                let partition = Partition { source, number: 0 };
                let positions = Offsets::from_iter([(partition, first + BATCH)]);
                let durability = if batch % AHEAD == 0 {
                    Durability::Now
                } else {
                    Durability::Later
                };
                arrivals
                    .save("here", changes, &positions, durability)
                    .await?;
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        let status = std::fs::read_to_string("/proc/self/status")?;
        let peak = status.lines().find(|line| line.starts_with("VmHWM:"));
        let bytes = std::fs::metadata(folder.join("arrivals.redb"))?.len();
        println!(
            "{complete} of {ids} ids complete, {:.0} events/s, {} MB on disk, {}",
            3.0 * ids as f64 / seconds,
            bytes / 1_000_000,
            peak.unwrap_or_default()
        );
        Ok(())
    })
}
