//! What can be emulated.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::service::Service;

#[actix_web::test]
async fn the_catalogue_explains_every_field_with_an_example() {
    let service = Service::start().await;
    let catalogue = service.get("/domains").await.json();
    let domains = catalogue["domains"].as_array().unwrap();
    let summary: Vec<_> = domains
        .iter()
        .map(|domain| {
            json!([
                domain["name"],
                domain["destination"],
                domain["key"],
                domain["id"]
            ])
        })
        .collect();
    assert_eq!(
        json!(summary),
        json!([
            [
                "transaction",
                "transactions",
                "transaction_id",
                "transaction_id"
            ],
            ["user-profile", "user-profiles", "user_id", "user_id"],
            ["device-log", "device-logs", "device_id", "log_id"],
        ])
    );
    for domain in domains {
        let fields = domain["fields"].as_array().unwrap();
        assert!(fields.len() >= 8);
        for field in fields {
            assert!(!field["meaning"].as_str().unwrap().is_empty());
            let nullable = field["type"] == "time or null";
            assert!(nullable || !field["example"].is_null(), "{field}");
        }
        // The columns are those that samples have.
        let path = format!(
            "/domains/{}/sample?count=1&format=csv",
            domain["name"].as_str().unwrap()
        );
        let sample = service.get(&path).await.text();
        let columns: Vec<_> = sample.lines().next().unwrap().split(',').collect();
        assert_eq!(json!(columns), domain["csv_columns"]);
    }
}

#[actix_web::test]
async fn a_sample_is_an_object_of_its_format() {
    let service = Service::start().await;
    for domain in ["transaction", "user-profile", "DEVICE-log"] {
        let sample = async |query: &str| {
            service
                .get(&format!("/domains/{domain}/sample{query}"))
                .await
        };
        let json = sample("?count=20&seed=7").await;
        assert_eq!(
            (json.status, json.header("content-type")),
            (200, "application/json")
        );
        let json = json.json();
        assert_eq!(json.as_array().unwrap().len(), 20);

        let ndjson = sample("?count=20&seed=7&format=ndjson").await;
        assert_eq!(ndjson.header("content-type"), "application/x-ndjson");
        let lines = ndjson.text();
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 20);

        let csv = sample("?count=20&seed=7&format=CSV").await;
        assert_eq!(csv.header("content-type"), "text/csv");
        assert_eq!(csv.text().lines().count(), 21);

        assert_eq!(sample("").await.json().as_array().unwrap().len(), 10);
        assert_eq!(
            sample("?count=1000").await.json().as_array().unwrap().len(),
            1000
        );
    }
}

#[actix_web::test]
async fn a_seed_names_its_records() {
    let service = Service::start().await;
    let ids = async |query: &str| {
        let sample = service
            .get(&format!("/domains/transaction/sample?count=5{query}"))
            .await
            .json();
        let ids = sample.as_array().unwrap().iter();
        ids.map(|line| line["data"]["transaction_id"].to_string())
            .collect::<Vec<_>>()
    };
    let largest = format!("&seed={}", u64::MAX);
    assert_eq!(ids(&largest).await, ids(&largest).await);
    let all = [
        ids(&largest).await,
        ids("&seed=0").await,
        ids("").await,
        ids("").await,
    ];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 4);
}

#[actix_web::test]
async fn bad_parameters_of_a_sample_are_named() {
    let service = Service::start().await;
    for (path, status, detail) in [
        (
            "users/sample",
            404,
            "invalid domain 'users'; expected transaction, user-profile or device-log",
        ),
        (
            "transaction/sample?count=0",
            400,
            "invalid count '0'; expected 1 to 1000",
        ),
        (
            "transaction/sample?count=1001",
            400,
            "invalid count '1001'; expected 1 to 1000",
        ),
        (
            "transaction/sample?count=1.5",
            400,
            "invalid count '1.5'; expected 1 to 1000",
        ),
        (
            "transaction/sample?seed=-1",
            400,
            "invalid seed '-1'; expected a whole number from 0 to 18446744073709551615",
        ),
        (
            "transaction/sample?format=xml",
            400,
            "invalid format 'xml'; expected json, ndjson, csv, avro, protobuf or parquet",
        ),
        (
            "transaction/sample?colour=red",
            400,
            "colour: unknown field; expected one of count, seed, format",
        ),
        (
            "users/schema",
            404,
            "invalid domain 'users'; expected transaction, user-profile or device-log",
        ),
        (
            "transaction/schema?as=thrift",
            400,
            "invalid as 'thrift'; expected avro, proto, json-schema, sql or arrow",
        ),
    ] {
        let answer = service.get(&format!("/domains/{path}")).await;
        assert_eq!((answer.status, &*answer.detail()), (status, detail));
    }
}

#[actix_web::test]
async fn a_schema_is_told_in_every_language() {
    let service = Service::start().await;
    for (query, begins) in [
        ("", r#"{"type": "record", "name": "DeviceLog""#),
        ("?as=AVRO", r#"{"type": "record", "name": "DeviceLog""#),
        ("?as=proto", "syntax = \"proto3\";"),
        ("?as=json-schema", "{"),
        ("?as=sql", "CREATE TABLE device_log ("),
        ("?as=arrow", "{"),
    ] {
        let answer = service
            .get(&format!("/domains/device-log/schema{query}"))
            .await;
        assert_eq!(answer.status, 200);
        assert!(
            answer.text().starts_with(begins),
            "{query}: {}",
            answer.text()
        );
    }
}
