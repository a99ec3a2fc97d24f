//! What holds for every path.

use actix_web::http::Method;
use emulator_rest::openapi_json;
use serde_json::{Value, json};

use crate::service::Service;

#[actix_web::test]
async fn the_service_welcomes_lives_and_is_measured() {
    let service = Service::start().await;
    let welcome = service.get("/").await;
    assert_eq!(
        welcome.json(),
        json!({"message": "Welcome to the Emulator Service REST API!"})
    );
    assert_eq!(welcome.header("x-request-id").len(), 36);
    assert_eq!(
        service.get("/health/live").await.json(),
        json!({"status": "up"})
    );
    let up = json!({"status": "up", "error": null});
    assert_eq!(
        service.get("/health/ready").await.json(),
        json!({"status": "up", "checks": {"kafka": up, "minio": up, "file": up, "null": up}})
    );
    let metrics = service.get("/metrics").await;
    assert_eq!(
        metrics.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert_eq!(metrics.text(), "# metrics of the test\n");
}

#[actix_web::test]
async fn every_documented_path_answers_and_refuses_other_methods() {
    let service = Service::start().await;
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 13);
    for (path, operations) in paths {
        let path = path.replace("{id}", "42").replace("{domain}", "x");
        let mut allowed = Vec::new();
        for (name, method) in [("post", "POST"), ("get", "GET")] {
            if operations.get(name).is_none() {
                continue;
            }
            allowed.push(method);
            if method == "GET" {
                allowed.push("HEAD");
                let head = service.send(Method::HEAD, &path, None, "").await;
                assert!(head.status != 405 && head.body.is_empty(), "{path}");
            }
        }
        let allowed = allowed.join(", ");
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            for slash in ["", "/"] {
                let path = format!("{}{slash}", path.trim_end_matches('/'));
                let path = if path.is_empty() { "/" } else { &path };
                let answer = service.send(method.clone(), path, None, "").await;
                assert_eq!(
                    (answer.status, answer.header("allow")),
                    (405, &*allowed),
                    "{path}"
                );
                assert_eq!(
                    answer.detail(),
                    format!("{path}: got method {method}, allowed is {allowed}")
                );
            }
        }
    }
}

#[actix_web::test]
async fn an_unknown_path_is_not_found_in_json() {
    let service = Service::start().await;
    for path in [
        "/x",
        "/emulator/1",
        "/emulator//status",
        "/domains/",
        "/emulator/%ff/status",
        "/docs/x",
    ] {
        let answer = service.get(path).await;
        if path == "/domains/" {
            assert_eq!(answer.status, 200, "a slash at the end does not matter");
            continue;
        }
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.detail().is_empty());
    }
    assert_eq!(
        service.get("/x").await.detail(),
        "/x: no such endpoint; see /docs"
    );
}

#[actix_web::test]
async fn the_page_is_served_from_the_binary_and_asks_no_other_host() {
    let service = Service::start().await;
    let page = service.get("/docs/index.html").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html")
    );
    let mut files = vec!["swagger-initializer.js".to_owned()];
    for part in page.text().split(['"', '\'']) {
        assert!(
            !part.starts_with("http") && !part.starts_with("//"),
            "{part}"
        );
        if let Some(file) = part.strip_prefix("./") {
            files.push(file.to_owned());
        }
    }
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        assert_eq!(
            service.get(&format!("/docs/{file}")).await.status,
            200,
            "{file}"
        );
    }
    let start = service.get("/docs/swagger-initializer.js").await.text();
    assert!(
        start.contains("\"/openapi.json\"") && start.contains("\"validatorUrl\": \"none\""),
        "{start}"
    );
    assert_eq!(
        service.get("/docs").await.header("location"),
        "/docs/index.html"
    );
    assert_eq!(service.get("/openapi.json").await.text(), openapi_json());
}
