//! Bad input: which field, what came, what is allowed; and nothing was created.

use std::collections::BTreeMap;

use actix_web::http::Method;
use emulator_application::Limits;
use serde_json::json;

use crate::service::{Service, body};

const SIX: &str = r#""emulator_sync":"kafka","emulation_domain":"transaction","format_type":"json","sync_type":"grouped","max_chunk_size":1024,"timeout":1"#;

fn with(field: &str) -> String {
    format!("{{{SIX},{field}}}")
}

fn instead(name: &str, value: &str) -> String {
    let six = body(json!({}));
    let fields = six.as_object().unwrap().iter().map(|(field, old)| {
        let value = if field == name {
            value.to_owned()
        } else {
            old.to_string()
        };
        format!("{field:?}:{value}")
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

fn without(name: &str) -> String {
    let mut six = body(json!({}));
    six.as_object_mut().unwrap().remove(name).unwrap();
    six.to_string()
}

#[actix_web::test]
async fn each_bad_body_is_answered_with_field_what_came_and_what_is_allowed() {
    const SINKS: &str = "kafka, minio, file, null";
    const SYNCS: &str = "grouped, chunked, single, individual, record, per-record";
    const FIELDS: &str = "emulator_sync, emulation_domain, format_type, sync_type, max_chunk_size, timeout, seed, count, rate, pace, start_time, workers, destination, delivery";
    let service = Service::start().await;
    let nested = "[".repeat(60_000);
    let cases: BTreeMap<String, String> = [
        (String::new(), "body: got nothing, allowed is a JSON object".into()),
        (" \n".into(), "body: got nothing, allowed is a JSON object".into()),
        ("null".into(), r#"body: got "null", allowed is a JSON object"#.into()),
        (r#"["kafka","transaction","json","grouped",1024,1]"#.into(), r#"body: got "[\"kafka\",\"transaction\",\"json\",\"grouped\",1024,1]", allowed is a JSON object"#.into()),
        ("{".into(), "body: got broken JSON (EOF while parsing an object at line 1 column 1), allowed is a JSON object".into()),
        (format!("{{{SIX}}} {{}}"), format!("body: got broken JSON (trailing characters at line 1 column {}), allowed is a JSON object", SIX.len() + 4)),
        (without("emulator_sync"), format!("emulator_sync: got nothing, allowed is {SINKS}")),
        (without("emulation_domain"), "emulation_domain: got nothing, allowed is transaction, user-profile, device-log".into()),
        (without("format_type"), "format_type: got nothing, allowed is json, ndjson, csv".into()),
        (without("sync_type"), format!("sync_type: got nothing, allowed is {SYNCS}")),
        (without("max_chunk_size"), "max_chunk_size: got nothing, allowed is 1..=5497558138880 bytes".into()),
        (without("timeout"), "timeout: got nothing, allowed is 1..=31536000 seconds".into()),
        (instead("timeout", "null"), "timeout: got nothing, allowed is 1..=31536000 seconds".into()),
        (instead("timeout", "\"10\""), "timeout: got string \"10\", allowed is a whole number, 1..=31536000 seconds".into()),
        (instead("timeout", "1.5"), "timeout: got floating point `1.5`, allowed is a whole number, 1..=31536000 seconds".into()),
        (instead("timeout", "true"), "timeout: got boolean `true`, allowed is a whole number, 1..=31536000 seconds".into()),
        (with(r#""destination":"__consumer_offsets""#), r#"destination: got "__consumer_offsets", allowed is any name, unless it begins with _, which other services need for themselves"#.into()),
        (instead("timeout", "0"), "timeout: got 0, allowed is 1..=31536000 seconds".into()),
        (instead("timeout", "-1"), "timeout: got -1, allowed is 1..=31536000 seconds".into()),
        (instead("timeout", "36893488147419103232"), "timeout: got 36893488147419103232, allowed is 1..=31536000 seconds".into()),
        (instead("emulator_sync", "5"), format!("emulator_sync: got integer `5`, allowed is {SINKS}")),
        (instead("emulator_sync", "\"s3\""), format!("emulator_sync: got \"s3\", allowed is {SINKS}")),
        (instead("emulator_sync", "\"stdout\""), format!("emulator_sync: got \"stdout\", allowed is {SINKS}")),
        (instead("emulation_domain", "\"users\""), "emulation_domain: got \"users\", allowed is transaction, user-profile, device-log".into()),
        (instead("format_type", "[]"), "format_type: got sequence, allowed is json, ndjson, csv".into()),
        (instead("format_type", "\"xml\""), "format_type: got \"xml\", allowed is json, ndjson, csv".into()),
        (instead("sync_type", "\"chunky\""), format!("sync_type: got \"chunky\", allowed is {SYNCS}")),
        (instead("sync_type", "\"chunked\"").replace("1024", "0"), "max_chunk_size: got 0, allowed is 1..=5497558138880 bytes".into()),
        (with(r#""colour":1"#), format!("colour: unknown field, allowed are {FIELDS}")),
        (with(r#""timeout":2"#), "timeout: given more than once, allowed is once".into()),
        (with(r#""seed":-1"#), "seed: got -1, allowed is 0..=18446744073709551615".into()),
        (with(r#""seed":"a""#), "seed: got string \"a\", allowed is a whole number, 0..=18446744073709551615".into()),
        (with(r#""count":0"#), "count: got 0, allowed is 1..=9223372036854775807 records".into()),
        (with(r#""count":9223372036854775808"#), "count: got 9223372036854775808, allowed is 1..=9223372036854775807 records".into()),
        (with(r#""rate":0"#), "rate: got 0, allowed is 0.000001..=100000000 records a second".into()),
        (with(r#""rate":"fast""#), "rate: got string \"fast\", allowed is 0.000001..=100000000 records a second".into()),
        (with(r#""rate":1e999"#), format!("rate: got broken JSON (number out of range at line 1 column {}), allowed is a JSON object", SIX.len() + 14)),
        (with(r#""pace":"slow""#), "pace: got \"slow\", allowed is realtime, unlimited".into()),
        (with(r#""start_time":"yesterday""#), "start_time: got \"yesterday\", allowed is a time in RFC 3339 from 1970-01-01T00:00:00Z to 9999-12-30T22:00:00Z, such as 2026-01-31T12:00:00Z".into()),
        (with(r#""start_time":"1969-12-31T23:59:59Z""#), "start_time: got \"1969-12-31T23:59:59Z\", allowed is a time in RFC 3339 from 1970-01-01T00:00:00Z to 9999-12-30T22:00:00Z, such as 2026-01-31T12:00:00Z".into()),
        (with(r#""workers":257"#), "workers: got 257, allowed is 1..=256 threads".into()),
        (with(r#""destination":"../x""#), "destination: got \"../x\", allowed is 1 to 249 letters, digits, dots, underscores and hyphens".into()),
        (with(r#""destination":7"#), "destination: got integer `7`, allowed is the name of a topic, bucket or folder".into()),
        (with(r#""delivery":"maybe""#), "delivery: got \"maybe\", allowed is at-least-once, exactly-once".into()),
        (instead("timeout", &nested), "timeout: got sequence, allowed is a whole number, 1..=31536000 seconds".into()),
    ]
    .into();
    for (body, detail) in cases {
        let answer = service
            .send(
                Method::POST,
                "/emulator",
                Some("application/json"),
                body.clone(),
            )
            .await;
        assert_eq!((answer.status, answer.detail()), (400, detail), "{body}");
    }
    assert_eq!(
        service.get("/emulator").await.json()["emulations"],
        json!([])
    );
    assert_eq!(service.messages.messages("transactions"), None);
}

#[actix_web::test]
async fn a_long_value_is_not_sent_back_whole() {
    let service = Service::start().await;
    let long = "x".repeat(60_000);
    for body in [
        body(json!({"format_type": long})),
        body(json!({"timeout": long})),
        body(json!({"start_time": long})),
        body(json!({"destination": long})),
        body(json!({(long.as_str()): 1})),
    ] {
        let answer = service.post("/emulator", &body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.len() < 500, "{}", answer.text());
    }
}

#[actix_web::test]
async fn a_body_too_large_or_of_another_type_is_refused() {
    let service = Service::start().await;
    let large = |bytes: usize| format!("{{\"destination\":\"{}\"}}", "x".repeat(bytes - 18));
    for (bytes, status, says) in [
        (
            64 * 1024,
            400,
            "emulator_sync: got nothing, allowed is kafka, minio, file, null",
        ),
        (
            64 * 1024 + 1,
            413,
            "body: got more than 65536 bytes, allowed are 65536 at most",
        ),
        (
            1 << 20,
            413,
            "body: got more than 65536 bytes, allowed are 65536 at most",
        ),
    ] {
        let answer = service
            .send(
                Method::POST,
                "/emulator",
                Some("application/json"),
                large(bytes),
            )
            .await;
        assert_eq!(
            (answer.status, &*answer.detail()),
            (status, says),
            "{bytes}"
        );
    }
    let six = body(json!({"emulator_sync": "null", "count": 1})).to_string();
    for (media_type, status) in [
        (None, 201),
        (Some("application/json"), 201),
        (Some("Application/JSON; charset=utf-8"), 201),
        (Some("application/vnd.emulator+json"), 201),
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("json"), 415),
        (Some(""), 415),
    ] {
        let answer = service
            .send(Method::POST, "/emulator/", media_type, &*six)
            .await;
        assert_eq!(answer.status, status, "{media_type:?}: {}", answer.text());
        if status == 415 {
            let says = format!(
                "Content-Type: got {:?}, allowed is application/json",
                media_type.unwrap()
            );
            assert_eq!(answer.detail(), says);
        }
    }
}

#[actix_web::test]
async fn more_runs_than_the_settings_allow_are_asked_to_come_again() {
    let service = Service::with(Limits {
        running: 1,
        waiting: 1,
    })
    .await;
    let long = body(json!({"emulator_sync": "null", "timeout": 600}));
    let ids = [service.started(&long).await, service.started(&long).await];
    let answer = service.post("/emulator", &long).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), "5");
    assert!(
        answer
            .detail()
            .starts_with("2 emulations are running or waiting"),
        "{}",
        answer.text()
    );
    for id in ids {
        service
            .post(&format!("/emulator/{id}/cancel"), &json!({}))
            .await;
        service.ended(&id).await;
    }
    service
        .started(&body(json!({"emulator_sync": "null"})))
        .await;
    service
        .emulator
        .shut_down(std::time::Duration::from_secs(5))
        .await;
    let answer = service.post("/emulator", &long).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "30");
    assert_eq!(
        answer.detail(),
        "the service is shutting down and takes no new emulations"
    );
}
