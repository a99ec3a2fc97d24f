//! The same faults as in the other tests, for longer.

use std::time::Duration;

use crate::live::heals::engine_is_away_for;

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_was_away_for_ten_minutes_is_told_what_ended_meanwhile() {
    engine_is_away_for(Duration::from_secs(600)).await;
}
