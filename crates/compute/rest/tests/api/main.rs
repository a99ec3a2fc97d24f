//! The protocol over HTTP, as an engine speaks it.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod harness;

use std::time::Duration;

use awc::Client;
use awc::http::StatusCode;
use compute_domain::{Outcome, TaskStatus};
use compute_rest::receiver::receiver;
use harness::{ID, answer, get, serve, service, task};
use serde_json::json;

#[actix_web::test]
async fn a_task_is_accepted_followed_and_remembered_in_the_words_of_the_protocol() {
    let (url, _stop) = service(5, true);
    let expected = json!({"status": "Service is available"});
    assert_eq!(
        get(&format!("{url}/status")).await,
        (StatusCode::OK, expected)
    );
    let compute = format!("{url}/compute");
    for _ in 0..2 {
        let accepted = answer(Client::default().post(&compute), &task()).await;
        assert_eq!(
            accepted,
            (StatusCode::OK, json!({"status": "Task added to the queue"}))
        );
    }
    let status = format!("{url}/tasks/{ID}/status");
    for _ in 0..500 {
        let (code, body) = get(&status).await;
        assert_eq!(code, StatusCode::OK);
        assert!(
            TaskStatus::parse(body["status"].as_str().unwrap()).is_some(),
            "{body}"
        );
        if body["status"] == "finished" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(get(&status).await.1, json!({"status": "finished"}));

    let (_, overview) = get(&format!("{url}/api/overview")).await;
    let shown = overview.to_string();
    for secret in ["key of the task", "secret of the task"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let task = &overview["services"][0]["recent"][0];
    assert_eq!((&task["id"], &task["outputs"]), (&json!(ID), &json!(1)));
    let cancelled = Client::default().delete(format!("{url}/tasks/{ID}"));
    assert_eq!(
        cancelled.send().await.unwrap().status(),
        StatusCode::CONFLICT
    );
}

#[actix_web::test]
async fn what_cannot_be_used_is_refused_with_a_detail() {
    let (url, _stop) = service(5, false);
    let post = || Client::default().post(format!("{url}/compute"));
    let cases = [
        (
            "/task/id",
            json!("1"),
            422,
            "task.id: got \"1\"; expected a UUID",
        ),
        ("/task/id", json!(1), 400, "task.id"),
        ("/task", json!(null), 400, "task"),
        ("/task/data_in", json!("in.txt"), 400, "task.data_in"),
        (
            "/task/data_in/0",
            json!("../in.txt"),
            422,
            "task.data_in[0]",
        ),
        ("/task/data_in/0", json!("a\nb"), 422, "control characters"),
        ("/task/data_in/0", json!("x".repeat(2000)), 422, "got 2000"),
        (
            "/task/status",
            json!("done"),
            422,
            "task.status: got \"done\"",
        ),
        ("/task/service_id", json!("x"), 422, "task.service_id"),
        (
            "/s3_host",
            json!("http://metadata"),
            422,
            "s3_host: the only store is",
        ),
        ("/s3_bucket", json!("../b"), 422, "s3_bucket"),
        ("/s3_region", json!(""), 422, "s3_region"),
        (
            "/s3_secret_access_key",
            json!(""),
            422,
            "s3_secret_access_key",
        ),
        (
            "/callback_url",
            json!("http://metadata/"),
            422,
            "callback_url: allowed is engine",
        ),
        ("/callback_url", json!(null), 400, "callback_url"),
    ];
    for (pointer, value, status, says) in cases {
        let mut body = task();
        *body.pointer_mut(pointer).unwrap() = value.clone();
        let (code, answer) = answer(post(), &body).await;
        assert_eq!(code.as_u16(), status, "{pointer} {value}: {answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{pointer} {value}: {detail}");
        assert!(!detail.contains("secret of the task"), "{detail}");
    }
    for member in task().as_object().unwrap().keys() {
        let mut body = task();
        body.as_object_mut().unwrap().remove(member);
        let (code, answer) = answer(post(), &body).await;
        assert_eq!(code, StatusCode::BAD_REQUEST, "{member}: {answer}");
        assert!(
            answer["detail"].as_str().unwrap().contains(member),
            "{answer}"
        );
    }
    for (id, code) in [
        (ID, StatusCode::NOT_FOUND),
        ("1", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(get(&format!("{url}/tasks/{id}/status")).await.0, code);
    }
}

#[actix_web::test]
async fn a_full_queue_answers_503() {
    let (url, _stop) = service(1, false);
    let post = || Client::default().post(format!("{url}/compute"));
    assert_eq!(answer(post(), &task()).await.0, StatusCode::OK);
    let mut other = task();
    other["task"]["id"] = json!("6f9619ff-8b86-4011-b42d-00c04fc964fe");
    let (code, body) = answer(post(), &other).await;
    assert_eq!(code, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        body["detail"]
            .as_str()
            .unwrap()
            .contains("the queue is full"),
        "{body}"
    );
}

#[actix_web::test]
async fn the_document_and_the_page_are_there() {
    let (url, _stop) = service(1, false);
    let (_, document) = get(&format!("{url}/openapi.json")).await;
    assert_eq!(document["info"]["title"], "Copy");
    for path in ["/status", "/compute", "/tasks/{task_id}/status"] {
        assert!(document["paths"].get(path).is_some(), "{path}");
    }
    for (path, media_type) in [
        ("/", "text/html"),
        ("/page/compute.js", "text/javascript"),
        ("/page/tasks.js", "text/javascript"),
        ("/page/compute.css", "text/css"),
        ("/docs/index.html", "text/html"),
        ("/health/ready", "application/json"),
    ] {
        let response = Client::default()
            .get(format!("{url}{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let found = response
            .headers()
            .get("content-type")
            .unwrap()
            .to_str()
            .unwrap();
        assert!(found.starts_with(media_type), "{path}: {found}");
    }
}

#[actix_web::test]
async fn a_client_without_an_engine_takes_reports_as_an_engine_does() {
    let (routes, mut reports) = receiver();
    let (url, _stop) = serve(routes);
    let patch = || Client::default().patch(format!("{url}/tasks/{ID}"));
    for refused in [
        json!({"status": "finished"}),
        json!({"data_out": []}),
        json!({"status": "finished", "data_out": null}),
        json!({"status": "processing", "data_out": []}),
    ] {
        assert!(
            answer(patch(), &refused).await.0.is_client_error(),
            "{refused}"
        );
    }
    let failed = json!({"status": "error", "data_out": [], "error_message": "because"});
    assert_eq!(answer(patch(), &failed).await.0, StatusCode::OK);
    let (id, outcome) = reports.recv().await.unwrap();
    assert_eq!(
        (id.to_string().as_str(), outcome),
        (ID, Outcome::Failed("because".to_owned()))
    );
}

#[actix_web::test]
async fn every_route_asks_for_its_role() {
    let routes = harness::routes(5, false, None, None);
    platform_http::contract::every_route_keeps_to_its_role(routes).await;
}
