//! Runs: listed page by page, called something and found by it.

use std::collections::HashSet;
use std::time::Duration;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::service::{Service, body};

#[actix_web::test]
async fn the_list_has_every_run_once_newest_first_page_by_page() {
    let service = Service::start().await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(
            service
                .started(&body(json!({"emulator_sync": "null", "count": 1})))
                .await,
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for id in &ids {
        service.ended(id).await;
    }
    ids.reverse();
    let listed = |page: &Value| -> Vec<String> {
        let runs = page["emulations"].as_array().unwrap();
        runs.iter()
            .map(|run| run["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = service
            .get(&format!("/emulator?limit=3{after}"))
            .await
            .json();
        found.extend(listed(&page));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(found, ids);
    let whole = service
        .get("/emulator/?status=completed&limit=7")
        .await
        .json();
    assert_eq!(
        (listed(&whole), &whole["next"]),
        (ids.clone(), &Value::Null)
    );
    let run = &whole["emulations"][0];
    assert_eq!(run["emulation_domain"], "transaction");
    assert_eq!(run["emulator_sync"], "null");
    assert_eq!(run["records"]["acknowledged"], 1);
    assert_eq!(
        service.get("/emulator?status=failed").await.json()["emulations"],
        json!([])
    );
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 7);

    for (query, detail) in [
        (
            "status=done",
            "invalid status 'done'; expected processing, paused, completed, failed or cancelled",
        ),
        ("limit=0", "invalid limit '0'; expected 1 to 1000"),
        ("limit=1001", "invalid limit '1001'; expected 1 to 1000"),
        ("limit=ten", "invalid limit 'ten'; expected 1 to 1000"),
        ("limit=", "invalid limit ''; expected 1 to 1000"),
        (
            "after=42",
            "invalid after '42'; expected the id of an emulation",
        ),
        (
            "page=2",
            "page: unknown field; expected one of status, name, label, domain, limit, after",
        ),
        ("limit=1&limit=2", "limit: given more than once"),
    ] {
        let answer = service.get(&format!("/emulator?{query}")).await;
        assert_eq!((answer.status, &*answer.detail()), (400, detail));
    }
    let unknown = "0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21";
    let answer = service.get(&format!("/emulator?after={unknown}")).await;
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.detail(),
        format!("Emulation ID {unknown} not found.")
    );
}

#[actix_web::test]
async fn runs_are_called_something_and_found_by_it() {
    let service = Service::start().await;
    let run = |more: Value| {
        let mut all = body(json!({"emulator_sync": "null", "count": 1, "pace": "unlimited"}));
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        all
    };
    let named = service
        .started(&run(
            json!({"name": "nightly", "labels": {"team": "a", "stage": "test"}}),
        ))
        .await;
    let other = service
        .started(&run(
            json!({"labels": {"team": "a"}, "emulation_domain": "device-log"}),
        ))
        .await;
    for id in [&named, &other] {
        service.ended(id).await;
    }
    for number in 0..5 {
        service
            .started(&run(json!({"name": number.to_string()})))
            .await;
    }
    let found = async |query: &str| {
        let answer = service.get(&format!("/emulator?{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let found = answer.json()["emulations"].as_array().unwrap().clone();
        let ids = found
            .iter()
            .map(|run| run["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(found("name=nightly").await, [named.as_str()]);
    assert_eq!(
        found("label=team:a").await,
        [other.as_str(), named.as_str()]
    );
    assert_eq!(
        found("label=team:a,stage:test&limit=1").await,
        [named.as_str()]
    );
    assert_eq!(
        found("label=team:a&domain=device-log").await,
        [other.as_str()]
    );
    assert_eq!(found("label=team:a&limit=1").await, [other.as_str()]);
    assert_eq!(
        found(&format!("label=team:a&limit=1&after={other}")).await,
        [named.as_str()]
    );
    assert_eq!(found("label=team:a&status=cancelled").await, [""; 0]);
    let page = service.get("/emulator?label=team:a&limit=1").await.json();
    assert_eq!(page["next"], *other);
    let refused = service.get("/emulator?label=team").await;
    assert_eq!(
        refused.detail(),
        "invalid label 'team'; expected KEY:VALUE, several separated by commas"
    );

    // Also of a run that has ended.
    let path = format!("/emulator/{named}");
    let sent = r#"{"name": null, "labels": {"stage": null, "owner": "me@here"}}"#;
    let changed = service
        .send(Method::PATCH, &path, Some("application/json"), sent)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let now = service.get(&path).await.json();
    assert_eq!(
        (&now["name"], &now["labels"]),
        (&Value::Null, &json!({"team": "a", "owner": "me@here"}))
    );
    for (sent, said) in [
        (
            json!({"name": 5}),
            "invalid name 5; expected a text or null",
        ),
        (
            json!({"name": "a\u{7}"}),
            "none of them a control character",
        ),
        (
            json!({"labels": []}),
            "invalid labels []; expected an object of texts",
        ),
        (json!({"labels": {"a b": "c"}}), "invalid labels 'a b'"),
        (json!({"nmae": "x"}), "did you mean 'name'?"),
    ] {
        let refused = service.post("/emulator", &run(sent.clone())).await;
        assert_eq!(refused.status, 400, "{sent}");
        assert!(refused.detail().contains(said), "{}", refused.detail());
    }
    let twice = r#"{"name": "a", "name": "b"}"#;
    let refused = service
        .send(Method::POST, "/emulator", Some("application/json"), twice)
        .await;
    assert!(
        refused.text().contains("name is given more than once"),
        "{}",
        refused.text()
    );
}
