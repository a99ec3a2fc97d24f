//! Serves the monitor with a simulated cluster whose data change, for work on the page:
//!
//! ```text
//! cargo run -p pipeline-rest --example monitor_page
//! ```
//!
//! and open <http://127.0.0.1:8080>. In the last ten seconds of every minute the cluster is
//! unreachable. The page's files are compiled into the binary, so changes to them need a rebuild.

// An example may panic.
#![allow(clippy::unwrap_used)]

#[path = "../tests/fake/mod.rs"]
mod fake;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fake::{FakeCluster, State, message};
use pipeline_ports::{GroupPartition, GroupView, MessageView, PortErrorKind};
use tokio_util::sync::CancellationToken;

const PORT: u16 = 8080;
const SOURCES: [&str; 3] = ["topic1", "topic2", "topic3"];

#[actix_web::main]
async fn main() {
    let cluster = Arc::new(FakeCluster::default());
    {
        let mut state = cluster.state();
        for topic in SOURCES.into_iter().chain(["ack", "dead-letters"]) {
            state.topic(topic, if topic == "dead-letters" { 1 } else { 3 });
        }
        let begin = now() - 120_000;
        for id in 0..140 {
            step(&mut state, id, begin + id * 800);
        }
    }
    let stop = CancellationToken::new();
    let (address, server) = fake::bind(&cluster, PORT, &stop, |_| {});
    eprintln!("http://{address}");
    actix_web::rt::spawn(change(cluster));
    server.run().await.unwrap();
}

async fn change(cluster: Arc<FakeCluster>) {
    for id in 140.. {
        tokio::time::sleep(Duration::from_millis(800)).await;
        let mut state = cluster.state();
        step(&mut state, id, now());
        let unreachable = now() / 1000 % 60 >= 50;
        state.failure = unreachable.then_some(PortErrorKind::Unreachable);
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

/// Adds an event of each source and what follows from it, and advances the groups.
fn step(state: &mut State, id: i64, time: i64) {
    let partition = i32::try_from(id % 3).unwrap();
    for (source, topic) in (0..).zip(SOURCES) {
        let features: String = (1..=9)
            .map(|feature| match (feature + id) % 7 {
                0 => format!(r#","feature{feature}":null"#),
                1 => format!(r#","feature{feature}":{}.0"#, id * feature),
                _ => format!(r#","feature{feature}":{}"#, id * feature + source),
            })
            .collect();
        let payload = format!(r#"{{"id":{id}{features}}}"#);
        state.send(topic, message(partition, time + source, id, &payload));
    }
    let ack = format!(r#"{{"id": "{id}"}}"#);
    state.send("ack", message(partition, time + 14, id, &ack));
    if id % 25 == 24 {
        state.send("dead-letters", dead_letter(time + 5, id));
    }
    state.groups = ["acker", "db_dump"].map(|name| group(name, id)).to_vec();
}

fn dead_letter(time: i64, id: i64) -> MessageView {
    let headers = [
        (
            "reason",
            "feature3: got the text \"n/a\"; expected a whole number",
        ),
        ("topic", "topic1"),
        ("offset", "4711"),
    ];
    let payload = match id % 2 {
        0 => br#"{"id": 24, "feature3": "<img src=x onerror=alert(1)>"}"#.to_vec(),
        _ => vec![0xff, 0xfe, 0x00, 0x4b],
    };
    MessageView {
        payload: payload.into(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.into()))
            .to_vec(),
        ..message(0, time, id, "")
    }
}

fn group(name: &str, id: i64) -> GroupView {
    let partition = |topic: &str, number: i32| {
        let log_end_offset = id / 3 + i64::from(i64::from(number) <= id % 3);
        let lag = if name == "acker" {
            0
        } else {
            (id * 7 + i64::from(number)) % 11
        };
        GroupPartition {
            topic: topic.to_owned(),
            number,
            committed: (log_end_offset - lag).max(0),
            log_end_offset,
        }
    };
    let partitions = SOURCES
        .into_iter()
        .flat_map(|topic| (0..3).map(move |number| partition(topic, number)));
    GroupView {
        name: name.to_owned(),
        state: if name == "acker" || id % 40 > 5 {
            "Stable"
        } else {
            "Empty"
        }
        .to_owned(),
        members: 1,
        partitions: partitions.collect(),
    }
}
