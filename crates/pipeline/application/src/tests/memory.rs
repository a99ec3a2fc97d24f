//! Ports in memory.

mod database;
mod log;
mod state;

pub(super) use database::MemoryDatabase;
pub(super) use log::MemoryLog;
pub(super) use state::{MemoryArrivals, MemoryReports};

use pipeline_ports::contract;

#[tokio::test(start_paused = true)]
async fn the_log_keeps_its_contract() {
    let log = MemoryLog::default();
    contract::log::keeps_its_contract(&log, &log).await;
}

#[tokio::test]
async fn the_database_keeps_its_contract() {
    contract::database::keeps_its_contract(&MemoryDatabase::default()).await;
}

#[tokio::test]
async fn the_arrivals_keep_their_contract() {
    contract::arrivals::keeps_its_contract(&MemoryArrivals::default()).await;
}
