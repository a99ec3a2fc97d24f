//! The same faults as in the live tests, for longer.
//!
//! These take minutes: `--test-threads 1`.

use crate::live::crashes::survive_kills;
use crate::live::outages::{survive_broker_kills, survive_database_kills};
use crate::live::pipeline::Pipeline;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_of_lander_and_acknowledger_lose_and_double_nothing_in_sqlite() {
    survive_kills(Pipeline::sqlite("hundred"), 100, 120).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_of_lander_and_acknowledger_lose_and_double_nothing_in_postgresql() {
    survive_kills(Pipeline::postgres("hundred").await, 100, 120).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_dies_five_times_costs_and_doubles_nothing() {
    survive_broker_kills(20_000, 120, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_dies_twenty_times_costs_and_doubles_nothing() {
    survive_database_kills(20_000, 90, 20).await;
}
