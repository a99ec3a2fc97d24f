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
    const SINKS: &str = "expected kafka, minio, file or null";
    const DOMAINS: &str = "expected transaction, user-profile or device-log";
    const SYNCS: &str = "expected grouped, chunked or single";
    const FIELDS: &str = "expected emulator_sync, emulation_domain, format_type, sync_type, max_chunk_size, partition_by, timeout, seed, count, rate, pace, start_time, workers, destination, delivery, compression, population_seed, first_index, from_time, to_time, key_format, headers, tombstones, subject_strategy, imperfections, name, labels, callback_url or callbacks";
    const SECONDS: &str = "expected 1 to 31536000 seconds";
    const WHOLE_SECONDS: &str = "expected a whole number, 1 to 31536000 seconds";
    const RATES: &str = "0.000001 to 100000000 records a second";
    const TIMES: &str = "expected a time in RFC 3339 from 1970-01-01T00:00:00Z to 9999-12-30T22:00:00Z, such as 2026-01-31T12:00:00Z";
    let service = Service::start().await;
    let nested = "[".repeat(60_000);
    let cases: BTreeMap<String, String> = [
        (String::new(), "body: got nothing; expected a JSON object".into()),
        (" \n".into(), "body: got nothing; expected a JSON object".into()),
        ("null".into(), r#"body: got "null"; expected a JSON object"#.into()),
        (r#"["kafka","transaction","json","grouped",1024,1]"#.into(), r#"body: got "[\"kafka\",\"transaction\",\"json\",\"grouped\",1024,1]"; expected a JSON object"#.into()),
        ("{".into(), "body: got broken JSON (EOF while parsing an object at line 1 column 1); expected a JSON object".into()),
        (format!("{{{SIX}}} {{}}"), format!("body: got broken JSON (trailing characters at line 1 column {}); expected a JSON object", SIX.len() + 4)),
        (without("emulator_sync"), format!("emulator_sync is required; {SINKS}")),
        (without("emulation_domain"), format!("emulation_domain is required; {DOMAINS}")),
        (without("format_type"), "format_type is required; expected json, ndjson, csv, avro, protobuf or parquet".into()),
        (without("sync_type"), format!("sync_type is required; {SYNCS}")),
        (without("max_chunk_size"), "max_chunk_size is required; expected a whole number, 1 to 5497558138880 bytes".into()),
        (without("timeout"), format!("timeout is required; {WHOLE_SECONDS}")),
        (instead("timeout", "null"), format!("timeout is required; {WHOLE_SECONDS}")),
        (instead("timeout", "\"10\""), format!("invalid timeout \"10\"; {WHOLE_SECONDS}")),
        (instead("timeout", "1.5"), format!("invalid timeout 1.5; {WHOLE_SECONDS}")),
        (instead("timeout", "true"), format!("invalid timeout true; {WHOLE_SECONDS}")),
        (with(r#""destination":"__consumer_offsets""#), r#"destination: got "__consumer_offsets"; expected any name, unless it begins with _, which other services need for themselves"#.into()),
        (instead("timeout", "0"), format!("invalid timeout 0; {SECONDS}")),
        (instead("timeout", "-1"), format!("invalid timeout -1; {SECONDS}")),
        (instead("timeout", "36893488147419103232"), format!("invalid timeout 36893488147419103232; {SECONDS}")),
        (instead("emulator_sync", "5"), format!("invalid emulator_sync 5; {SINKS}")),
        (instead("emulator_sync", "\"s3\""), format!("invalid emulator_sync 's3'; {SINKS}")),
        (instead("emulator_sync", "\"kafak\""), format!("invalid emulator_sync 'kafak'; {SINKS}; did you mean 'kafka'?")),
        (instead("emulator_sync", "\"stdout\""), format!("invalid emulator_sync 'stdout'; {SINKS}")),
        (instead("emulation_domain", "\"users\""), format!("invalid emulation_domain 'users'; {DOMAINS}")),
        (instead("format_type", "[]"), "invalid format_type []; expected json, ndjson, csv, avro, protobuf or parquet".into()),
        (instead("format_type", "\"parquet\""), "invalid format_type 'parquet'; expected json, ndjson, csv, avro or protobuf for kafka; parquet goes to minio, file or null".into()),
        (instead("sync_type", "\"chunkd\""), format!("invalid sync_type 'chunkd'; {SYNCS}; did you mean 'chunked'?")),
        (instead("sync_type", "\"chunked\"").replace("1024", "0"), "invalid max_chunk_size 0; expected 1 to 5497558138880 bytes".into()),
        (instead("max_chunk_size", "-3"), "invalid max_chunk_size -3; expected 1 to 5497558138880 bytes".into()),
        (with(r#""colour":1"#), format!("unknown field 'colour'; {FIELDS}")),
        (with(r#""cuont":1"#), format!("unknown field 'cuont'; {FIELDS}; did you mean 'count'?")),
        (with(r#""labels":true"#), "invalid labels true; expected an object of texts".into()),
        (with(r#""timeout":2"#), "timeout is given more than once".into()),
        (with(r#""seed":-1"#), "invalid seed -1; expected a whole number from 0 to 18446744073709551615".into()),
        (with(r#""seed":18446744073709551616"#), "invalid seed 18446744073709551616; expected a whole number from 0 to 18446744073709551615".into()),
        (with(r#""seed":"a""#), "invalid seed \"a\"; expected a whole number from 0 to 18446744073709551615".into()),
        (with(r#""count":0"#), "invalid count 0; expected 1 to 9223372036854775807 records".into()),
        (with(r#""count":9223372036854775808"#), "invalid count 9223372036854775808; expected 1 to 9223372036854775807 records".into()),
        (with(r#""rate":0"#), format!("invalid rate 0; expected {RATES}")),
        (with(r#""rate":"fast""#), format!("invalid rate \"fast\"; expected a number, {RATES}, or an object whose shape is constant, steps, ramp, week, bursts, sine or replay")),
        (with(r#""rate":1e999"#), format!("rate: got broken JSON (number out of range at line 1 column {}); expected a JSON object", SIX.len() + 14)),
        (with(r#""pace":"slow""#), "invalid pace 'slow'; expected realtime or unlimited".into()),
        (with(r#""start_time":"yesterday""#), format!("invalid start_time 'yesterday'; {TIMES}")),
        (with(r#""start_time":"1969-12-31T23:59:59Z""#), format!("invalid start_time '1969-12-31T23:59:59Z'; {TIMES}")),
        (with(r#""workers":257"#), "invalid workers 257; expected 1 to 256 workers".into()),
        (with(r#""destination":"../x""#), "invalid destination '../x'; expected 1 to 249 letters, digits, dots, underscores and hyphens".into()),
        (with(r#""destination":7"#), "invalid destination 7; expected the name of a topic, bucket or folder".into()),
        (with(r#""delivery":"maybe""#), "invalid delivery 'maybe'; expected at-least-once or exactly-once".into()),
        (instead("emulator_sync", "\"null\"").replace('}', r#","delivery":"exactly-once"}"#), "invalid delivery 'exactly-once'; expected at-least-once, because null keeps no record of what was delivered".into()),
        (with(r#""key_format":"xml""#), "invalid key_format 'xml'; expected string, avro, json or none".into()),
        (with(r#""headers":{"a":1}"#), r#"invalid headers {"a":1}; expected up to 32 names with a constant or a field each, such as {"source": "emulator", "country": "$country"}; names and constants have up to 1024 bytes"#.into()),
        (with(r#""headers":{"user":"$usr_id"}"#), "invalid headers '$usr_id'; expected a field of transaction: transaction_id, user_id, amount, currency, merchant, timestamp, location or is_fraud; did you mean '$user_id'?".into()),
        (with(r#""tombstones":1.5"#), "invalid tombstones 1.5; expected a probability from 0 to 1".into()),
        (with(r#""imperfections":{"late":{"share":2}}"#), "invalid imperfections late.share 2; expected 0, or a share of the records from 0.000001 to 1".into()),
        (with(r#""imperfections":{"missing":0.7,"duplicate":0.5}"#), "invalid imperfections shares of 1.2 together; expected shares that add up to 1 at most: a record has one fault".into()),
        (with(r#""subject_strategy":"tpic""#), "invalid subject_strategy 'tpic'; expected topic, record or topic-record; did you mean 'topic'?".into()),
        (instead("emulator_sync", "\"minio\"").replace('}', r#","key_format":"avro"}"#), "invalid key_format 'avro'; expected string, because only messages of kafka have that, which minio has not".into()),
        (instead("timeout", &nested), format!("timeout{}[...: got broken JSON (recursion limit exceeded at line 1 column 260); expected a JSON object", "[0]".repeat(24))),
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
async fn everything_that_is_wrong_is_told_at_once() {
    let service = Service::start().await;
    let wrong = body(json!({
        "format_type": "xml", "timeout": 0, "sync_type": "chunkd", "max_chunk_size": -3,
        "destination": 7, "sede": 5
    }));
    let answer = service.post("/emulator", &wrong).await;
    assert_eq!(answer.status, 400);
    let json = answer.json();
    let errors: Vec<_> = json["errors"].as_array().unwrap().iter().collect();
    let fields: Vec<_> = errors.iter().map(|error| error["field"].clone()).collect();
    assert_eq!(
        json!(fields),
        json!([
            "format_type",
            "sync_type",
            "max_chunk_size",
            "timeout",
            "destination",
            "sede"
        ])
    );
    assert_eq!(
        errors[0]["detail"],
        "invalid format_type 'xml'; expected json, ndjson, csv, avro, protobuf or parquet"
    );
    assert_eq!(json["detail"], errors[0]["detail"]);
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
        // Of the value its beginning, and the names of all fields twice.
        assert!(!answer.text().contains(&long[..100]), "{}", answer.text());
        assert!(answer.body.len() < 1100, "{}", answer.text());
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
            "emulator_sync is required; expected kafka, minio, file or null",
        ),
        (
            64 * 1024 + 1,
            413,
            "body: got more than 65536 bytes; expected at most 65536",
        ),
        (
            1 << 20,
            413,
            "body: got more than 65536 bytes; expected at most 65536",
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
        // What a form of another origin could send needs leave that a page does not have.
        (None, 415),
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
            let got = media_type.map_or("nothing".to_owned(), |got| format!("{got:?}"));
            let says = format!("Content-Type: got {got}; expected application/json");
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
