//! Servers that die in the middle of the work and come back.

use std::thread;
use std::time::Duration;

use super::crashes::{Flow, draw};
use super::pipeline::{Pipeline, Tables, database, env};
use super::servers::Server;

/// Kills a server at random moments while events flow.
pub(crate) fn kill(server: &Server, flow: &mut Flow, kills: u32) {
    let mut while_flowing = 0;
    for _ in 0..kills {
        thread::sleep(Duration::from_millis(1500 + draw(2000)));
        server.kill9();
        while_flowing += u32::from(flow.flows());
        thread::sleep(Duration::from_millis(draw(2000)));
        server.up();
    }
    assert!(while_flowing > 0);
}

pub(crate) async fn survive_broker_kills(ids: i64, seconds: i64, kills: u32) {
    let kafka = Server::kafka();
    let brokers = kafka.exported("KAFKA_BOOTSTRAP_SERVERS");
    let pipeline = Pipeline::at("broker", brokers, Tables::Sqlite);
    let mut flow = Flow::start(pipeline, ids, ids / 20, seconds);
    kill(&kafka, &mut flow, kills);
    flow.assert_whole().await;
}

pub(crate) async fn survive_database_kills(ids: i64, seconds: i64, kills: u32) {
    let postgres = Server::postgres();
    let tables = database("outage", &postgres.exported("POSTGRES_TEST_URL")).await;
    let pipeline = Pipeline::at("database", env("KAFKA_BOOTSTRAP_SERVERS"), tables);
    let mut flow = Flow::start(pipeline, ids, ids / 20, seconds);
    kill(&postgres, &mut flow, kills);
    flow.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_dies_and_comes_back_costs_and_doubles_nothing() {
    survive_broker_kills(3_000, 20, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_dies_and_comes_back_costs_and_doubles_nothing() {
    survive_database_kills(5_000, 15, 3).await;
}
