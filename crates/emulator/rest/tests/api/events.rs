//! The stream of events.

use std::time::{Duration, Instant};

use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::web::Bytes;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::service::{Service, body};

/// The status of each event, after its frame was checked.
fn statuses(text: &str) -> Vec<Value> {
    let frames = text.strip_suffix("\n\n").unwrap().split("\n\n");
    let statuses = frames.enumerate().map(|(number, frame)| {
        let data = frame.strip_prefix(&format!("id: {}\nevent: status\ndata: ", number + 1));
        serde_json::from_str(data.unwrap_or_else(|| panic!("not a frame: {frame:?}"))).unwrap()
    });
    statuses.collect()
}

#[actix_web::test]
async fn the_stream_tells_the_status_every_second_and_ends_with_the_run() {
    let service = Service::start().await;
    // One record in 1000 s: between start and end nothing changes.
    let quiet = body(json!({"timeout": 3, "rate": 0.001, "emulator_sync": "null"}));
    let id = service.started(&quiet).await;
    let begun = Instant::now();
    let answer = service.get(&format!("/emulator/{id}/events")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let statuses = statuses(&answer.text());
    let seconds = begun.elapsed().as_secs();
    assert!(
        statuses.len() as u64 > seconds,
        "{} in {seconds} s",
        statuses.len()
    );
    let (last, before) = statuses.split_last().unwrap();
    assert_eq!(last["status"]["global_status"], "completed");
    for status in before {
        assert_eq!(status["status"]["global_status"], "processing");
    }
    let told = service.get(&format!("/emulator/{id}/events")).await;
    assert!(told.text().starts_with("id: 1\nevent: status\n"));
    assert_eq!(
        told.text()
            .lines()
            .filter(|line| line.starts_with("id: "))
            .count(),
        1
    );
}

/// Puts the name in place of a value that is another in every run.
fn hide(event: &mut String, name: &str) {
    let key = format!("{name:?}:");
    let start = event.find(&key).unwrap() + key.len();
    let end = start + event[start..].find(',').unwrap();
    event.replace_range(start..end, &format!("<{name}>"));
}

#[actix_web::test]
async fn an_event_is_the_status_answer() {
    let service = Service::start().await;
    let id = service
        .started(&body(json!({"emulator_sync": "null", "count": 3})))
        .await;
    service.ended(&id).await;
    let mut event = service.get(&format!("/emulator/{id}/events")).await.text();
    let status = &statuses(&event)[0];
    for path in [format!("/emulator/{id}/status"), format!("/emulator/{id}")] {
        assert_eq!(status, &service.get(&path).await.json(), "{path}");
    }
    for changing in [
        "id",
        "records_per_second",
        "started_at",
        "finished_at",
        "bytes",
    ] {
        hide(&mut event, changing);
    }
    insta::assert_snapshot!(event);
}

#[actix_web::test]
async fn a_stream_ends_when_the_server_stops() {
    let service = Service::start().await;
    let id = service
        .started(&body(json!({"emulator_sync": "null", "timeout": 600})))
        .await;
    let mut streams = Vec::new();
    for path in ["/emulator/events", &format!("/emulator/{id}/events")] {
        let mut stream = service.request(Method::GET, path).send().await.unwrap();
        assert!(stream.next().await.unwrap().is_ok());
        streams.push(stream);
    }
    service.stop.cancel();
    for mut stream in streams {
        let ended = async { while stream.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(2), ended)
            .await
            .unwrap();
    }
    service.emulator.shut_down(Duration::from_secs(5)).await;
}

/// What the next event of a list has: how many runs, and the state of the newest.
async fn listed(
    stream: &mut (impl futures::Stream<Item = Result<Bytes, PayloadError>> + Unpin),
) -> (usize, Option<String>) {
    let event = stream.next().await.unwrap().unwrap();
    let event = String::from_utf8(event.to_vec()).unwrap();
    let (head, data) = event.split_once("\ndata: ").unwrap();
    assert!(head.ends_with("event: runs"), "{head}");
    let page: Value = serde_json::from_str(data).unwrap();
    let runs = page["emulations"].as_array().unwrap();
    let state = runs.first().map(|run| &run["status"]["global_status"]);
    (runs.len(), state.and_then(Value::as_str).map(str::to_owned))
}

#[actix_web::test]
async fn the_list_is_told_at_once_and_after_each_change_to_all_who_follow_it() {
    let service = Service::start().await;
    let mut streams = Vec::new();
    for path in [
        "/emulator/events",
        "/emulator/events",
        "/emulator/events?status=completed&limit=1",
    ] {
        streams.push(service.request(Method::GET, path).send().await.unwrap());
        let stream = streams.last_mut().unwrap();
        assert_eq!(listed(stream).await, (0, None), "{path}");
    }
    let begun = Instant::now();
    let short = body(json!({"emulator_sync": "null", "count": 3, "pace": "unlimited"}));
    let id = service.started(&short).await;
    service.ended(&id).await;
    for stream in &mut streams {
        let completed = (1, Some("completed".to_owned()));
        while listed(stream).await != completed {}
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
    // Nothing changes: nothing is told, but for a sign of life.
    let sign = streams[0].next().await.unwrap().unwrap();
    assert_eq!(sign, ":\n\n");
    let refused = service.get("/emulator/events?status=unheard").await;
    assert_eq!(refused.status, 400);
}

#[actix_web::test]
async fn a_head_of_a_stream_does_not_wait_for_the_run() {
    let service = Service::start().await;
    let id = service
        .started(&body(json!({"emulator_sync": "null", "timeout": 600})))
        .await;
    for path in ["/emulator/events", &format!("/emulator/{id}/events")] {
        let answer = service.send(Method::HEAD, path, None, "").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "text/event-stream")
        );
    }
    service
        .post(&format!("/emulator/{id}/cancel"), &json!({}))
        .await;
}
