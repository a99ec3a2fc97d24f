//! Runs: started, followed, stopped.

use std::time::Duration;

use actix_web::http::Method;
use emulator_domain::plan::PlanField;
use emulator_manifest::Manifest;
use serde_json::{Value, json};

use crate::service::{Service, body};

/// What the Airflow operator does: the six fields, then polling for `completed`.
#[actix_web::test]
async fn the_old_clients_sequence_works_for_all_its_values() {
    let service = Service::start().await;
    for sync in ["kafka", "minio"] {
        for domain in ["transaction", "user-profile", "device-log", "Transaction"] {
            for format in ["json", "csv"] {
                for sync_type in ["single", "grouped", "chunked", "individual"] {
                    let sent = json!({
                        "emulator_sync": sync,
                        "emulation_domain": domain,
                        "format_type": format,
                        "sync_type": sync_type,
                        "max_chunk_size": 10_000,
                        "timeout": 1
                    });
                    // The old contract knows no count; it keeps the test short.
                    let mut counted = sent.clone();
                    counted["count"] = 50.into();
                    let answer = service.post("/emulator/", &counted).await;
                    assert_eq!(answer.status, 201, "{}", answer.text());
                    let answer = answer.json();
                    for (name, value) in sent.as_object().unwrap() {
                        assert_eq!(&answer[name], value);
                    }
                    let status = service.ended(answer["id"].as_str().unwrap()).await;
                    assert_eq!(status["status"]["global_status"], "completed", "{status}");
                    assert_eq!(
                        status["status"]["threads"],
                        json!({"0": "finished", "1": "finished"})
                    );
                    assert_eq!(status["records"]["acknowledged"], 50);
                }
            }
        }
    }
    let messages = service.messages.messages("transactions").unwrap();
    assert_eq!(messages.len(), 16 * 50);
    assert!(service.objects.has("user-profiles") && service.objects.has("device-logs"));
}

#[actix_web::test]
async fn the_answer_carries_every_value_as_resolved() {
    let service = Service::start().await;
    let plain = service.post("/emulator", &body(json!({}))).await.json();
    let resolved = |name: &str| plain[name].clone();
    assert!(resolved("seed").is_u64());
    assert!(resolved("start_time").as_str().unwrap().ends_with('Z'));
    assert_eq!(resolved("rate"), 1000.0);
    assert_eq!(resolved("pace"), "realtime");
    assert_eq!(resolved("count"), Value::Null);
    assert_eq!(resolved("workers"), 2);
    assert_eq!(resolved("destination"), "transactions");
    assert_eq!(resolved("delivery"), "at-least-once");

    let asked = body(json!({
        "emulator_sync": "File", "seed": u64::MAX, "start_time": "2026-01-01T01:00:00.25+01:00",
        "rate": 12.5, "pace": "unlimited", "count": 9_007_199_254_740_993u64, "workers": 3,
        "destination": "somewhere", "delivery": "exactly-once", "max_chunk_size": 0,
        "sync_type": "one by one"
    }));
    let answer = service.post("/emulator", &asked).await.json();
    for (name, value) in asked.as_object().unwrap() {
        let expected = match &**name {
            "start_time" => json!("2026-01-01T00:00:00.250000Z"),
            // The server has no more threads.
            "workers" => json!(2),
            _ => value.clone(),
        };
        assert_eq!(answer[name], expected, "{name}");
    }
    let notes: Vec<_> = answer["notes"].as_array().unwrap().iter().collect();
    for (note, says) in [
        (
            notes[0],
            "the run has 3145438439997 records instead of the 9007199254740993 asked for",
        ),
        (
            notes[1],
            "exactly-once holds for file without being asked for",
        ),
    ] {
        assert!(note.as_str().unwrap().starts_with(says), "{note}");
    }
    let id = answer["id"].as_str().unwrap();
    service
        .post(&format!("/emulator/{id}/cancel"), &json!({}))
        .await;
    let more = body(json!({"emulation_domain": "user-profile", "count": 20_000, "timeout": 600}));
    let answer = service.post("/emulator", &more).await.json();
    assert_eq!(
        answer["notes"],
        json!([
            "the run has 9000 records instead of the 20000 asked for: its population, its timeout or the calendar has no more"
        ])
    );
    let id = answer["id"].as_str().unwrap();
    service
        .post(&format!("/emulator/{id}/cancel"), &json!({}))
        .await;
}

#[actix_web::test]
async fn the_manifest_makes_the_same_data_again() {
    let service = Service::start().await;
    let asked = body(json!({
        "emulator_sync": "minio", "sync_type": "chunked", "max_chunk_size": 4000, "count": 100,
        "pace": "unlimited"
    }));
    let id = service.started(&asked).await;
    service.ended(&id).await;
    let manifest = service.get(&format!("/emulator/{id}/manifest")).await;
    let manifest: Manifest = serde_json::from_value(manifest.json()).unwrap();
    assert_eq!(manifest.status, "completed");
    assert_eq!(manifest.records.acknowledged, 100);
    let objects = service.objects.all("transactions");
    let parts = manifest.parts.clone().unwrap();
    assert_eq!(parts.count, objects.len() as u64);
    assert_eq!(parts.names, format!("{id}/part-{{00000}}.json"));

    let value = |field| manifest.plan.get(field).unwrap().clone();
    let again = body(json!({
        "emulator_sync": "minio", "sync_type": "chunked", "max_chunk_size": 4000, "count": 100,
        "pace": "unlimited", "seed": value(PlanField::Seed), "start_time": value(PlanField::StartTime),
        "rate": value(PlanField::Rate), "destination": "again"
    }));
    let second = service.started(&again).await;
    service.ended(&second).await;
    let copies = service.objects.all("again");
    let bytes = |object: &[u8]| String::from_utf8(object.to_vec()).unwrap();
    let first: Vec<_> = objects.values().map(|object| bytes(object)).collect();
    let second: Vec<_> = copies
        .values()
        .map(|object| bytes(object).replace(&second, &id))
        .collect();
    assert_eq!(first, second);
}

#[actix_web::test]
async fn a_run_that_fails_says_why_and_the_service_goes_on() {
    use adapter_memory::Fault;
    let service = Service::start().await;
    service.messages.set_fault(Some(Fault::RefuseOpen));
    let id = service.started(&body(json!({}))).await;
    let status = service.ended(&id).await;
    assert_eq!(status["status"]["global_status"], "failed");
    assert_eq!(
        status["status"]["threads"],
        json!({"0": "error", "1": "error"})
    );
    assert!(!status["error"].as_str().unwrap().is_empty());
    let ready = service.get("/health/ready").await;
    assert_eq!(ready.status, 503);
    let ready = ready.json();
    assert_eq!(ready["status"], "down");
    assert_eq!(ready["checks"]["kafka"]["status"], "down");
    assert_eq!(
        ready["checks"]["minio"],
        json!({"status": "up", "error": null})
    );
    service.messages.set_fault(None);
    assert_eq!(service.get("/health/ready").await.status, 200);
    let id = service.started(&body(json!({"count": 10}))).await;
    assert_eq!(
        service.ended(&id).await["status"]["global_status"],
        "completed"
    );
}

#[actix_web::test]
async fn a_cancelled_run_ends_and_cannot_be_cancelled_again() {
    let service = Service::start().await;
    let id = service
        .started(&body(json!({"timeout": 600, "rate": 100})))
        .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let answer = service
        .send(Method::POST, &format!("/emulator/{id}/cancel"), None, "")
        .await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.json()["id"], *id);
    let status = service.ended(&id).await;
    assert_eq!(status["status"]["global_status"], "cancelled");
    assert_eq!(status["records"]["in_flight"], 0);
    let again = service
        .send(Method::POST, &format!("/emulator/{id}/cancel"), None, "")
        .await;
    assert_eq!(again.status, 409);
    assert_eq!(
        again.detail(),
        format!(
            "Emulation ID {id} was not changed: it is cancelled already; only a run that is \
             processing or paused can be paused, resumed, cancelled or given another rate. Its name \
             and labels can still be changed; to deliver the same records again, start a run with \
             the plan of its manifest"
        )
    );
}

#[actix_web::test]
async fn an_unknown_run_is_not_found_whatever_its_id_looks_like() {
    let service = Service::start().await;
    for id in ["0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21", "42", "a%20b", "{}"] {
        let text = id.replace("%20", " ");
        for (method, path) in [
            (Method::GET, "status"),
            (Method::GET, "manifest"),
            (Method::GET, "events"),
            (Method::POST, "cancel"),
        ] {
            let answer = service
                .send(method, &format!("/emulator/{id}/{path}"), None, "")
                .await;
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(answer.detail(), format!("Emulation ID {text} not found."));
        }
    }
}

#[actix_web::test]
async fn a_request_that_is_sent_again_with_its_key_starts_no_other_run() {
    let service = Service::start().await;
    let send = async |keys: &[&str], body: &str| {
        let mut request = service.request(Method::POST, "/emulator");
        request = request.insert_header(("content-type", "application/json"));
        for key in keys {
            request = request.append_header(("Idempotency-Key", *key));
        }
        let mut response = request.send_body(body.to_owned()).await.unwrap();
        let answer: Value = response.json().await.unwrap();
        (response.status().as_u16(), answer)
    };
    let wanted = body(json!({"emulator_sync": "null", "count": 5, "name": "once"}));
    let again = {
        // The same, written otherwise.
        let fields = wanted.as_object().unwrap().iter().rev();
        let fields: Vec<_> = fields
            .map(|(name, value)| format!("{name:?} : {value}"))
            .collect();
        format!("{{ {} }}", fields.join(" , "))
    };
    let all = futures::future::join_all((0..5).map(|at| {
        let text = if at % 2 == 0 {
            wanted.to_string()
        } else {
            again.clone()
        };
        let send = &send;
        async move { send(&["nightly-7"], &text).await }
    }));
    let answers = all.await;
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
        assert_eq!(answer.0, 201);
    }
    assert_eq!(
        service.get("/emulator").await.json()["emulations"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let other = body(json!({"emulator_sync": "null", "count": 6, "name": "once"}));
    let (status, refused) = send(&["nightly-7"], &other.to_string()).await;
    assert_eq!(status, 409, "{refused}");
    let id = answers[0].1["id"].as_str().unwrap();
    assert!(
        refused["detail"].as_str().unwrap().contains(id),
        "{refused}"
    );
    assert_eq!(send(&["nightly-8"], &other.to_string()).await.0, 201);
    let long = "k".repeat(256);
    for malformed in [&[""][..], &["two words"], &[long.as_str()], &["a", "b"]] {
        let (status, refused) = send(malformed, &wanted.to_string()).await;
        assert_eq!(status, 422, "{malformed:?}: {refused}");
    }
}
