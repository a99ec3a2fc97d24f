//! What is seen of a cluster.

use pipeline_ports::{GroupPartition, GroupView, MessageQuery, MessageView};
use serde_json::{Value, json};

use crate::fake::message;
use crate::monitor::Monitor;

/// Two partitions, 120 messages whose keys are 0 to 4, the newest of time 119.
fn with_messages() -> Monitor {
    let monitor = Monitor::start();
    let mut state = monitor.cluster.state();
    state.topic("topic1", 2);
    for time in 0..120 {
        let partition = i32::try_from(time % 2).unwrap();
        state.send("topic1", message(partition, time, time % 5, "{}"));
    }
    drop(state);
    monitor
}

fn times(page: &Value) -> Vec<i64> {
    let messages = page["messages"].as_array().unwrap().iter();
    messages
        .map(|message| message["created"].as_i64().unwrap())
        .collect()
}

#[actix_web::test]
async fn topics_have_their_partitions_and_what_is_in_them() {
    let monitor = with_messages();
    let answer = monitor.get("/api/topics").await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let partition = |number| json!({"number": number, "leader": 1, "replicas": 3, "in_sync": 3, "earliest": 0, "log_end_offset": 60});
    assert_eq!(
        answer.json(),
        json!({"topics": [{
            "name": "topic1",
            "own": true,
            "messages": 120,
            "partitions": [partition(0), partition(1)],
        }]})
    );
}

#[actix_web::test]
async fn without_parameters_the_newest_50_messages_of_all_partitions_are_given() {
    let monitor = with_messages();
    let page = monitor.get("/api/topics/topic1/messages").await.json();
    assert_eq!(times(&page), (70..120).rev().collect::<Vec<_>>());
    assert_eq!(
        (&page["searched"], &page["more"]),
        (&json!(50), &json!(true))
    );
    assert_eq!(
        monitor.cluster.state().asked,
        [MessageQuery {
            topic: "topic1".to_owned(),
            partition: None,
            key: None,
            limit: 50,
            search: 200_000,
            shown: 64 << 10,
        }]
    );
}

#[actix_web::test]
async fn limit_partition_and_key_choose_messages() {
    let monitor = with_messages();
    for (query, first, count, searched, more) in [
        ("limit=1", 119, 1, 1, true),
        ("limit=500", 119, 120, 120, false),
        ("partition=0", 118, 50, 50, true),
        ("key=3", 118, 24, 120, false),
        ("key=3&partition=1&limit=2", 113, 2, 9, true),
    ] {
        let path = format!("/api/topics/topic1/messages?{query}");
        let page = monitor.get(&path).await.json();
        assert_eq!(times(&page).first(), Some(&first), "{query}");
        assert_eq!(times(&page).len(), count, "{query}");
        assert_eq!(page["searched"], searched, "{query}");
        assert_eq!(page["more"], more, "{query}");
    }
    // A key may be any text, the empty one too.
    for (written, read) in [("a%20b%26%2F%C3%A4", "a b&/ä"), ("", "")] {
        let path = format!("/api/topics/topic1/messages?key={written}");
        let page = monitor.get(&path).await.json();
        assert_eq!(page["messages"], json!([]));
        let asked = monitor.cluster.state().asked.last().cloned();
        assert_eq!(asked.unwrap().key.as_deref(), Some(read));
    }
}

#[actix_web::test]
async fn a_message_has_all_it_was_stored_with_and_base64_for_what_is_no_text() {
    let monitor = Monitor::start();
    {
        let mut state = monitor.cluster.state();
        state.topic("dead-letters", 1);
        let letter = MessageView {
            partition: 0,
            offset: 0,
            created: -1,
            key: None,
            payload: vec![0xff, 0x00].into(),
            headers: vec![("reason".to_owned(), "no JSON: ä".into())],
            headers_left_out: 0,
        };
        state.send("dead-letters", letter);
    }
    let page = monitor.get("/api/topics/dead-letters/messages").await;
    assert_eq!(
        page.json(),
        json!({
            "messages": [{
                "partition": 0,
                "offset": 0,
                "created": null,
                "key": null,
                "payload": {"encoding": "base64", "text": "/wA=", "bytes": 2, "cut": false},
                "headers": [{
                    "name": "reason",
                    "value": {"encoding": "utf-8", "text": "no JSON: ä", "bytes": 11, "cut": false},
                }],
                "headers_left_out": 0,
            }],
            "searched": 1,
            "more": false,
        })
    );
}

#[actix_web::test]
async fn groups_have_their_lag_in_all_and_by_partition() {
    let monitor = Monitor::start();
    let partition = |number, committed| GroupPartition {
        topic: "topic1".to_owned(),
        number,
        committed,
        log_end_offset: 10,
    };
    monitor.cluster.state().groups = vec![GroupView {
        name: "db_dump".to_owned(),
        state: "Stable".to_owned(),
        members: 2,
        // The last one is ahead, as after a topic was made anew.
        partitions: vec![partition(0, 4), partition(1, 9), partition(2, 12)],
    }];
    let partition = |number, committed, lag| json!({"topic": "topic1", "number": number, "committed": committed, "log_end_offset": 10, "lag": lag});
    assert_eq!(
        monitor.get("/api/groups").await.json(),
        json!({"groups": [{
            "name": "db_dump",
            "own": true,
            "state": "Stable",
            "members": 2,
            "lag": 7,
            "partitions": [partition(0, 4, 6), partition(1, 9, 1), partition(2, 12, 0)],
        }]})
    );
    let metrics = monitor.get("/metrics").await.body;
    let lag = r#"kafka_consumer_group_lag{group="db_dump",topic="topic1",partition="0"} 6"#;
    assert!(metrics.contains(lag), "{metrics}");
}

#[actix_web::test]
async fn it_is_alive_and_ready_and_has_metrics() {
    let monitor = Monitor::start();
    assert_eq!(
        monitor.get("/health/live").await.json(),
        json!({"status": "up"})
    );
    assert_eq!(
        monitor.get("/health/ready").await.json(),
        json!({"status": "up", "checks": {"kafka": {"status": "up", "error": null}}})
    );
    let metrics = monitor.get("/metrics").await;
    assert!(
        metrics
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
}
