//! Engines and services that come, go, fail and forget.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::engine::{Engine, Store};
use super::routes::{STEPS, pipeline_works};
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
async fn a_pipeline_of_two_services_heals_whatever_ends_and_whatever_comes_first() {
    let mut engine = Engine::start(Store::minio()).await;
    let ports = STEPS.map(|_| free_port());
    let serve = |engine: &Engine, step: usize| engine.serve(STEPS[step], ports[step]);
    let mut services = [0, 1].map(|step| serve(&engine, step));
    // One after the other while the others run, then all of them at once, in every order.
    let (alone, together) = (
        [vec![0], vec![1], vec![2]],
        [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ]
        .map(Vec::from),
    );
    for order in alone.into_iter().chain(together) {
        for one in &order {
            match one {
                0 => engine.kill(),
                service => services[service - 1].kill(),
            }
        }
        for one in &order {
            match one {
                0 => engine.restart().await,
                service => services[service - 1] = serve(&engine, service - 1),
            }
        }
        for (slug, port) in STEPS.iter().zip(ports) {
            // The engine may still hear of the process before.
            until("the service answers", async || {
                reqwest::get(format!("http://127.0.0.1:{port}/status"))
                    .await
                    .is_ok()
            })
            .await;
            engine.becomes(slug, "available").await;
        }
        pipeline_works(&engine).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_was_away_is_told_what_ended_meanwhile() {
    engine_is_away_for(Duration::from_secs(5)).await;
}

/// The engine is killed while a task is under way, and comes back after that time.
pub(crate) async fn engine_is_away_for(away: Duration) {
    const PLAN: &[u8] = br#"{"emulation_domain": "transaction", "format_type": "csv",
        "count": 300000, "seed": 7, "start_time": "2026-01-01T00:00:00Z"}"#;
    let mut engine = Engine::start(Store::minio()).await;
    let port = free_port();
    let _service = engine.serve("emulate", port);
    engine.becomes("emulate", "available").await;
    let (status, task) = engine
        .upload("/emulate", &[("plan", "plan.json", PLAN)])
        .await;
    assert_eq!(status, 200, "{task}");
    assert_eq!(
        engine.get("/test/told").await.1,
        json!([]),
        "it was too fast"
    );
    engine.kill();
    let killed = Instant::now();
    let undelivered = async || {
        let overview = reqwest::get(format!("http://127.0.0.1:{port}/api/overview")).await;
        let overview: Value = overview.unwrap().json().await.unwrap();
        overview["services"][0]["undelivered_count"].clone()
    };
    until("the page shows who is to be told", async || {
        undelivered().await == 1
    })
    .await;
    tokio::time::sleep(away.saturating_sub(killed.elapsed())).await;
    assert_eq!(undelivered().await, 1);
    engine.come_back().await;
    let back = Instant::now();
    engine.becomes("emulate", "available").await;
    while undelivered().await != 0 {
        // The longest pause between two attempts, and what an attempt takes.
        assert!(back.elapsed() < Duration::from_secs(70), "it is not told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let told = back.elapsed();
    let ended = engine.ended(&task).await;
    assert_eq!(ended["status"], "finished", "{ended}");
    let (_, all) = engine.get("/test/told").await;
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    println!(
        "engine away for {:.0} s; the task that ended meanwhile was told once, {:.1} s after",
        away.as_secs_f64(),
        told.as_secs_f64()
    );
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
