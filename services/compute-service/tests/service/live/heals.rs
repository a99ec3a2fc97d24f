//! Engines and services that come, go, fail and forget.

use std::time::Duration;

use serde_json::{Value, json};

use super::engine::{Engine, Store};
use crate::harness::{PICTURE, Serving, free_port, until};

const SLUG: &str = "average-colour";

/// A file sent through the engine's route comes back.
async fn works(engine: &Engine) {
    let (status, task) = engine
        .upload("/average-colour", &[("image", "a.png", PICTURE)])
        .await;
    assert_eq!(status, 200, "{task}");
    let ended = engine.ended(&task).await;
    assert_eq!(ended["status"], "finished", "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn restarts_in_every_order_heal_by_themselves() {
    let mut engine = Engine::start(Store::s3s().await).await;
    engine.kill();
    let port = free_port();
    // The engine comes later than the service,
    let mut service = engine.serve(SLUG, port);
    tokio::time::sleep(Duration::from_secs(2)).await;
    engine.restart().await;
    engine.becomes(SLUG, "available").await;
    works(&engine).await;
    // comes again and knows nobody,
    engine.kill();
    engine.restart().await;
    engine.becomes(SLUG, "available").await;
    works(&engine).await;
    // forgets while it runs,
    assert_eq!(engine.post("/test/forget", &Value::Null).await.0, 200);
    engine.becomes(SLUG, "available").await;
    works(&engine).await;
    // the service is killed and comes again, known already,
    service.kill();
    engine.becomes(SLUG, "sleeping").await;
    service = engine.serve(SLUG, port);
    engine.becomes(SLUG, "available").await;
    works(&engine).await;
    // and both are.
    service.kill();
    engine.kill();
    engine.restart().await;
    let _service = engine.serve(SLUG, port);
    engine.becomes(SLUG, "available").await;
    works(&engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_ends_takes_its_leave_and_is_not_woken_again() {
    let engine = Engine::start(Store::s3s().await).await;
    let mut service = engine.served(SLUG).await;
    assert_eq!(service.end(), Some(0));
    for _ in 0..3 {
        let (_, record) = engine.get(&format!("/services/slug/{SLUG}")).await;
        assert_eq!(
            (&record["status"], &record["latest_ping"]),
            (&json!("sleeping"), &Value::Null)
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_outlive_an_engine_that_fails_or_is_slow_and_a_service_that_is_killed() {
    let engine = Engine::start(Store::minio()).await;
    let port = free_port();
    let mut service = engine.serve(SLUG, port);
    engine.becomes(SLUG, "available").await;
    for trouble in ["error", "slow"] {
        // Stopped while the engine falls ill, so that the task has not ended before.
        let pause = |signal: &str, service: &Serving| {
            let id = service.0.id().to_string();
            let sent = std::process::Command::new("kill")
                .args([signal, &id])
                .status();
            assert!(sent.unwrap().success());
        };
        let (status, task) = engine
            .upload("/average-colour", &[("image", "a.png", PICTURE)])
            .await;
        assert_eq!(status, 200, "{task}");
        pause("-STOP", &service);
        assert_eq!(
            engine
                .post(&format!("/test/mode/{trouble}"), &Value::Null)
                .await
                .0,
            200
        );
        pause("-CONT", &service);
        tokio::time::sleep(Duration::from_secs(2)).await;
        service.kill();
        service = engine.serve(SLUG, port);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(engine.post("/test/mode/ok", &Value::Null).await.0, 200);
        let ended = engine.ended(&task).await;
        assert_eq!(ended["status"], "finished", "{trouble}: {ended}");
        engine.becomes(SLUG, "available").await;
    }
    let (_, told) = engine.get("/test/told").await;
    for one in told.as_array().unwrap() {
        assert_eq!(one["status"], "finished", "{told}");
    }
    until(
        "the page knows nobody who is still to be told",
        async || {
            let overview = reqwest::get(format!("http://127.0.0.1:{port}/api/overview")).await;
            let overview: Value = overview.unwrap().json().await.unwrap();
            overview["services"][0]["undelivered_count"] == 0
        },
    )
    .await;
}
