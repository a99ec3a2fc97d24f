//! What the monitor shows of a pipeline at work.

use platform_runtime::tls;
use serde_json::Value;

use super::chromium;
use super::pipeline::Pipeline;

/// The element of a list that has this name.
fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    let mut list = list.as_array().unwrap().iter();
    list.find(|it| it["name"] == name)
        .unwrap_or_else(|| panic!("no {name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_monitor_shows_topics_messages_and_groups_of_a_pipeline_and_so_does_its_page() {
    tls::install_provider();
    let pipeline = Pipeline::sqlite("monitor");
    let mut monitor = pipeline.start("monitor --host 127.0.0.1 --port 0");
    let mut lander = pipeline.start("land");
    let mut acknowledger = pipeline.start("acknowledge");
    pipeline.run("produce --rows 200");
    pipeline.settled(
        &["db_dump", "acker"],
        &mut [&mut lander, &mut acknowledger, &mut monitor],
    );
    monitor.says("http://localhost:");
    let output_text = monitor.output_text();
    let address = output_text
        .split_whitespace()
        .find(|word| word.starts_with("http://"));
    let address = address.unwrap().replace("localhost", "127.0.0.1");
    let client = reqwest::Client::new();
    let get = async |path: &str| -> Value {
        let answer = client.get(format!("{address}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    };

    let topics = get("/api/topics").await;
    for topic in pipeline.topics() {
        let topic = named(&topics["topics"], &topic);
        assert_eq!(topic["messages"], 200, "{topic}");
        assert_eq!(topic["partitions"].as_array().unwrap().len(), 5, "{topic}");
        assert_eq!(topic["partitions"][0]["in_sync"], 1, "{topic}");
    }
    assert!(named(&topics["topics"], &pipeline.name("ack"))["messages"].as_i64() >= Some(200));

    let groups = get("/api/groups").await;
    for group in ["db_dump", "acker"] {
        let group = named(&groups["groups"], &pipeline.name(group));
        assert_eq!(group["lag"], 0, "{group}");
        let partitions = group["partitions"].as_array().unwrap();
        let read: i64 = partitions
            .iter()
            .map(|it| it["committed"].as_i64().unwrap())
            .sum();
        assert_eq!(read, 600, "{group}");
    }

    let messages = format!("/api/topics/{}/messages", pipeline.name("topic2"));
    let newest = get(&format!("{messages}?limit=50")).await;
    let created: Vec<_> = newest["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["created"].as_i64().unwrap())
        .collect();
    assert_eq!(created.len(), 50);
    assert!(
        created.is_sorted_by(|newer, older| newer >= older),
        "{created:?}"
    );
    for (messages, payload) in [
        (&*messages, "{\"id\": 17, \"feature1\""),
        (
            &*format!("/api/topics/{}/messages", pipeline.name("ack")),
            "{\"id\": \"17\"}",
        ),
    ] {
        let found = get(&format!("{messages}?key=17")).await;
        let found = found["messages"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["key"]["text"], "17");
        assert!(
            found[0]["payload"]["text"]
                .as_str()
                .unwrap()
                .starts_with(payload)
        );
    }

    let page = tokio::task::spawn_blocking(move || chromium::document(&address));
    let page = page.await.unwrap();
    for name in pipeline.topics() {
        assert!(page.contains(&name), "{name} is not on the page: {page}");
    }
    for process in [monitor, lander, acknowledger] {
        process.stop();
    }
}
