//! What holds for every path.

use std::collections::BTreeMap;

use actix_web::http::Method;
use emulator_application::Limits;
use emulator_domain::plan::Sink;
use emulator_rest::openapi_json;
use serde_json::json;

use crate::service::{Service, body};

#[actix_web::test]
async fn the_service_welcomes_lives_and_is_measured() {
    let service = Service::start().await;
    let welcome = service.get("/").await;
    assert_eq!(
        welcome.json(),
        json!({"message": "Welcome to the Emulator Service REST API!"})
    );
    assert_eq!(welcome.header("x-request-id").len(), 36);
    let browser = service.request(Method::GET, "/");
    let browser = browser.insert_header(("accept", "text/html,application/xhtml+xml"));
    let mut page = browser.send().await.unwrap();
    let page = String::from_utf8(page.body().await.unwrap().to_vec()).unwrap();
    assert!(
        page.starts_with("<!doctype html>") && !page.contains("style="),
        "{page}"
    );
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
    let document = service.get("/openapi.json").await.json();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 23);
    for (path, operations) in paths {
        let path = path
            .replace("{id}", "42")
            .replace("{domain}", "x")
            .replace("{name}", "x");
        let mut allowed = Vec::new();
        for (name, method) in [
            ("post", "POST"),
            ("get", "GET"),
            ("put", "PUT"),
            ("delete", "DELETE"),
            ("patch", "PATCH"),
        ] {
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
        let others = [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS];
        for method in others {
            if allowed.contains(method.as_str()) {
                continue;
            }
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
                    format!("{path}: got method {method}; expected {allowed}")
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
}

#[actix_web::test]
async fn the_document_offers_the_sinks_of_this_server() {
    let limits = Limits {
        running: 1,
        waiting: 1,
    };
    let service = Service::with_sinks(limits, &[Sink::Minio, Sink::Null]).await;
    let document = service.get("/openapi.json").await;
    assert_eq!(
        document.text(),
        openapi_json(&[Sink::Minio, Sink::Null], &[]),
        "the command prints the same"
    );
    let with_streams = openapi_json(&[Sink::Minio], &["shop/order".to_owned()]);
    let with_streams: serde_json::Value = serde_json::from_str(&with_streams).unwrap();
    let request = &with_streams["components"]["schemas"]["StartRequest"]["allOf"][0];
    assert_eq!(
        request["properties"]["emulation_domain"]["examples"],
        json!(["transaction", "user-profile", "device-log", "shop/order"])
    );
    let request = &document.json()["components"]["schemas"]["StartRequest"]["allOf"];
    let offered = &request[0]["properties"]["emulator_sync"]["enum"];
    assert_eq!(*offered, json!(["minio", "null"]));
    assert_eq!(request[0]["examples"][0]["emulator_sync"], "minio");
    let by_name = request[2]["anyOf"].as_array().unwrap().iter();
    let named: Vec<_> = by_name
        .map(|rule| &rule["properties"]["emulator_sync"]["enum"])
        .collect();
    assert_eq!(json!(named), json!([["minio"], ["null"]]));
}

#[actix_web::test]
async fn every_error_in_the_document_has_the_body_that_the_server_answers() {
    let limits = Limits {
        running: 60,
        waiting: 100,
    };
    let service = Service::with(limits).await;
    let document = service.get("/openapi.json").await.json();
    let mut examples = BTreeMap::new();
    for operations in document["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap();
            let answers = operation["responses"].as_object().unwrap().iter();
            // What those are answered who are not let in is the same everywhere.
            for (status, response) in
                answers.filter(|(status, _)| !["401", "403"].contains(&status.as_str()))
            {
                let content = &response["content"]["application/json"];
                if content["schema"]["$ref"] == "#/components/schemas/ErrorBody" {
                    let detail = content["example"]["detail"].as_str();
                    let detail = detail.unwrap_or_else(|| panic!("{name} {status}"));
                    examples.insert(format!("{name} {status}"), detail.to_owned());
                }
            }
        }
    }
    let of_access = [
        "too many wrong tokens; try again in 6 s",
        "the tokens cannot be read now, so nobody is let in",
    ];
    let all = examples.len();
    examples.retain(|_, detail| !of_access.contains(&detail.as_str()));
    assert_eq!((examples.len(), all), (61, 88), "{examples:#?}");
    let unknown = "0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21";
    for (example, path) in [
        ("list_emulations 400", "/emulator?status=done"),
        ("list_emulations 404", &format!("/emulator?after={unknown}")),
        ("list_events 400", "/emulator/events?status=done"),
        (
            "list_events 404",
            &format!("/emulator/events?after={unknown}"),
        ),
        ("emulation 404", &format!("/emulator/{unknown}")),
        ("sample 400", "/domains/transaction/sample?count=0"),
        ("sample 404", "/domains/users/sample"),
        ("schema 400", "/domains/transaction/schema?as=thrift"),
        ("schema 404", "/domains/users/schema"),
        ("model 404", "/models/shop"),
    ] {
        let answer = service.get(path).await;
        let status = example.rsplit(' ').next().unwrap();
        assert_eq!(answer.status.to_string(), status, "{example}");
        assert_eq!(answer.detail(), examples[example], "{example}");
    }
    let path = format!("/emulator/{unknown}");
    let answer = service
        .send(
            Method::PATCH,
            &path,
            Some("application/json"),
            r#"{"rate": 0}"#,
        )
        .await;
    assert_eq!(answer.detail(), examples["change_emulation 400"]);
    let slips = body(json!({"emulator_sync": "s3", "timeout": 0}));
    let answer = service.post("/emulator", &slips).await.json();
    let start = &document["paths"]["/emulator"]["post"]["responses"];
    assert_eq!(
        answer,
        start["400"]["content"]["application/json"]["example"]
    );
    for (status, media_type, body) in [
        ("413", "application/json", &*" ".repeat(70_000)),
        ("415", "text/plain", "{}"),
    ] {
        let answer = service
            .send(Method::POST, "/emulator", Some(media_type), body)
            .await;
        let example = format!("start_emulation {status}");
        assert_eq!(answer.detail(), examples[&example], "{example}");
    }
}
