//! Runs: paused, resumed, given other rates.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::service::{Service, body};

#[actix_web::test]
async fn a_run_is_paused_resumed_and_given_other_rates() {
    let service = Service::start().await;
    let id = service
        .started(&body(json!({"timeout": 600, "rate": 100})))
        .await;
    let steer = async |method: &Method, what: &str, sent: &str| {
        let path = format!("/emulator/{id}{what}");
        let media = (!sent.is_empty()).then_some("application/json");
        service.send(method.clone(), &path, media, sent).await
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let faster = steer(&Method::PATCH, "", r#"{"rate": 500}"#).await;
    assert_eq!(
        (faster.status, faster.json()["rate"].as_f64()),
        (200, Some(500.0))
    );
    let paused = steer(&Method::POST, "/pause", "").await;
    assert_eq!(paused.status, 200, "{}", paused.text());
    let paused = paused.json();
    assert_eq!(paused["status"]["global_status"], "paused");
    assert!(paused["paused_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(paused["records"]["in_flight"], 0);
    let listed = service.get("/emulator?status=paused").await.json();
    assert_eq!(listed["emulations"][0]["id"], *id);
    let twice = steer(&Method::PATCH, "", r#"{"factor": 2}"#).await.json();
    assert_eq!(
        (twice["rate"].as_f64(), &twice["changes"]),
        (Some(1000.0), &json!(3))
    );
    assert_eq!(
        twice["records"]["generated"],
        paused["records"]["generated"]
    );
    let going = steer(&Method::POST, "/resume", "").await.json();
    assert_eq!(
        (&going["status"]["global_status"], &going["paused_at"]),
        (&json!("processing"), &Value::Null)
    );
    for (sent, status, said) in [
        ("{}", 400, "rate, factor, name or labels is required"),
        (r#"{"rate": 1, "factor": 1}"#, 400, "expected one of both"),
        (r#"{"rate": "fast"}"#, 400, "invalid rate"),
        (r#"{"rate": {"shape": "sine"}}"#, 400, "invalid rate"),
        (
            r#"{"factor": 0}"#,
            400,
            "invalid factor 0; expected a number from 0.000001 to 1000000",
        ),
        (
            r#"{"factor": 1000000}"#,
            400,
            "more than 100000000 records a second",
        ),
        (r#"{"pace": "unlimited"}"#, 400, "unknown field"),
    ] {
        let refused = steer(&Method::PATCH, "", sent).await;
        assert_eq!(refused.status, status, "{sent}");
        assert!(
            refused.detail().contains(said),
            "{sent}: {}",
            refused.detail()
        );
    }
    let manifest = service
        .get(&format!("/emulator/{id}/manifest"))
        .await
        .json();
    let changes = manifest["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 4, "{changes:?}");
    assert_eq!(
        (&manifest["rate"], &changes[0]["rate"]),
        (&json!(100.0), &json!(500.0))
    );
    steer(&Method::POST, "/pause", "").await;
    let cancelled = steer(&Method::POST, "/cancel", "").await;
    assert_eq!(cancelled.status, 202);
    assert_eq!(cancelled.json()["status"]["global_status"], "cancelled");
    for (method, what, sent) in [
        (Method::POST, "/pause", ""),
        (Method::POST, "/resume", ""),
        (Method::PATCH, "", r#"{"rate": 1}"#),
    ] {
        let refused = steer(&method, what, sent).await;
        assert_eq!(refused.status, 409, "{what}");
        let said = "it is cancelled already; only a run that is processing or paused";
        assert!(refused.detail().contains(said), "{}", refused.detail());
    }
    let unlimited = body(json!({"pace": "unlimited", "timeout": 600, "count": 100_000_000}));
    let unlimited = service.started(&unlimited).await;
    let path = format!("/emulator/{unlimited}");
    let refused = service
        .send(
            Method::PATCH,
            &path,
            Some("application/json"),
            r#"{"rate": 1}"#,
        )
        .await;
    assert_eq!(refused.status, 409);
    assert!(
        refused
            .detail()
            .contains("only a run whose pace is realtime")
    );
    service.post(&format!("{path}/cancel"), &json!({})).await;
}
