//! What users of the engine see.

use serde_json::json;

use super::engine::{Engine, Store};
use crate::harness::{PICTURE, until};

const PLAN: &[u8] = br#"{"emulation_domain": "transaction", "format_type": "csv", "count": 1000,
    "seed": 7, "start_time": "2026-01-01T00:00:00Z"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_lists_every_service_with_all_its_fields() {
    let engine = Engine::start(Store::s3s().await).await;
    let mut services = Vec::new();
    for processor in compute_service::processors() {
        let description = processor.description();
        let draft = description.draft();
        services.push(engine.served(&draft.slug).await);
        let (_, record) = engine.get(&format!("/services/slug/{}", draft.slug)).await;
        for (member, expected) in [
            ("name", json!(draft.name)),
            ("summary", json!(draft.summary)),
            ("description", json!(draft.description)),
            ("has_ai", json!(draft.has_ai)),
        ] {
            assert_eq!(record[member], expected, "{}", draft.slug);
        }
        for (member, fields) in [
            ("data_in_fields", &draft.data_in),
            ("data_out_fields", &draft.data_out),
        ] {
            let types = |types: &[compute_service::MediaType]| {
                types.iter().map(|one| one.name()).collect::<Vec<_>>()
            };
            let expected: Vec<_> = fields
                .iter()
                .map(|field| json!({"name": field.name, "format_hint": null, "type": types(&field.types)}))
                .collect();
            assert_eq!(record[member], json!(expected), "{}", draft.slug);
        }
        assert_eq!(record["tags"].as_array().unwrap().len(), draft.tags.len());
        let docs = record["docs_url"].as_str().unwrap();
        let page = reqwest::get(format!("{docs}/")).await.unwrap();
        assert_eq!(page.status(), 200, "{docs}");
    }
    let (status, all) = engine.get("/services").await;
    assert_eq!(
        (status, all.as_array().unwrap().len()),
        (200, services.len())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_sent_through_the_engine_come_back_right_on_three_kinds_of_stores() {
    for store in [Store::minio(), Store::garage(), Store::s3s().await] {
        let engine = Engine::start(store).await;
        let _service = engine.served("average-colour").await;
        let (status, task) = engine
            .upload("/average-colour", &[("image", "A.PNG", PICTURE)])
            .await;
        assert_eq!(status, 200, "{task}");
        let ended = engine.ended(&task).await;
        assert_eq!(ended["status"], "finished", "{ended}");
        let outputs = ended["data_out"].as_array().unwrap();
        assert_eq!(outputs.len(), 2);
        assert_eq!(engine.object(&outputs[1]).await, b"#248ec0\n");

        let (status, task) = engine
            .upload("/average-colour", &[("image", "a.png", b"no picture")])
            .await;
        assert_eq!(status, 200, "{task}");
        let ended = engine.ended(&task).await;
        assert_eq!(
            (&ended["status"], &ended["data_out"]),
            (&json!("error"), &json!([]))
        );
        let why = ended["error_message"].as_str().unwrap();
        assert!(why.contains("not a usable image/png image"), "{why}");
        let path = format!("/tasks/{}/status", task["id"].as_str().unwrap());
        assert_eq!(engine.get(&path).await, (200, json!({"status": "error"})));
        let (_, told) = engine.get("/test/told").await;
        assert_eq!(
            told.as_array().unwrap().len(),
            2,
            "each sender is told once: {told}"
        );
    }
}

/// The services of a pipeline, one after the other.
pub(super) const STEPS: [&str; 2] = ["emulate", "score-fraud"];

/// A plan sent through both services comes back as scores.
pub(super) async fn pipeline_works(engine: &Engine) {
    let pipeline = json!({"slug": "suspicious", "steps": STEPS});
    assert_eq!(engine.post("/pipelines", &pipeline).await.0, 200);
    let files: [(&str, &str, &[u8]); 1] = [("plan", "plan.json", PLAN)];
    let (status, first) = engine.upload("/pipelines/suspicious", &files).await;
    assert_eq!(status, 200, "{first}");
    let first = engine.ended(&first).await;
    assert_eq!(first["status"], "finished", "{first}");
    let path = format!("/tasks/{}", first["id"].as_str().unwrap());
    until("the second service has its task", async || {
        !engine.get(&path).await.1["next"].is_null()
    })
    .await;
    let (_, first) = engine.get(&path).await;
    let second = engine.ended(&json!({"id": first["next"]})).await;
    assert_eq!(second["status"], "finished", "{second}");
    let scores = engine.object(&second["data_out"][0]).await;
    let scores = String::from_utf8(scores).unwrap();
    assert!(scores.starts_with("transaction_id,user_id,amount,merchant,location,score,reasons\n"));
    assert_eq!(scores.lines().count(), 1001);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_work_in_one_pipeline() {
    let engine = Engine::start(Store::minio()).await;
    let _services = [engine.served(STEPS[0]).await, engine.served(STEPS[1]).await];
    pipeline_works(&engine).await;
}
