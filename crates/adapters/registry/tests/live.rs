//! The registry of deploy/local, a real one.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::time::{SystemTime, UNIX_EPOCH};

use adapter_registry::{HttpRegistry, RegistryConfig};
use emulator_ports::{DestinationErrorKind, SchemaLanguage, SchemaRegistry};

fn registry() -> HttpRegistry {
    let url = std::env::var("SCHEMA_REGISTRY_URL").expect(
        "SCHEMA_REGISTRY_URL is not set. Start the servers and name them: deploy/local/servers up \
         && eval \"$(deploy/local/servers env)\"",
    );
    let config = RegistryConfig {
        url,
        login: None,
        ca_file: None,
        json: true,
    };
    HttpRegistry::new(&config).unwrap()
}

fn schema(fields: &str) -> String {
    format!(r#"{{"type": "record", "name": "Sale", "fields": [{fields}]}}"#)
}

#[tokio::test]
async fn a_schema_is_registered_once_and_found_and_another_is_refused_with_its_field() {
    let registry = registry();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let subject = format!("live-{}-value", now.as_nanos());
    let first = schema(r#"{"name": "id", "type": "long"}"#);
    let avro = SchemaLanguage::Avro;
    assert_eq!(registry.find(&subject, avro, &first).await.unwrap(), None);
    let id = registry.register(&subject, avro, &first).await.unwrap();
    assert_eq!(registry.register(&subject, avro, &first).await.unwrap(), id);
    assert_eq!(
        registry.find(&subject, avro, &first).await.unwrap(),
        Some(id)
    );
    backward(&subject).await;
    let other = schema(r#"{"name": "id", "type": "string"}, {"name": "amount", "type": "bytes"}"#);
    let error = registry.register(&subject, avro, &other).await.unwrap_err();
    assert_eq!(error.kind, DestinationErrorKind::Refused);
    for part in [
        "field 'id' is \"string\" and was registered as \"long\"",
        "field 'amount' is not in the registered schema",
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(registry.find(&subject, avro, &other).await.unwrap(), None);
}

/// What a team's registry asks of its schemas; a fresh Apicurio asks nothing.
async fn backward(subject: &str) {
    let url = std::env::var("SCHEMA_REGISTRY_URL").unwrap();
    let answer = reqwest::Client::new()
        .put(format!("{url}/config/{subject}"))
        .header("Content-Type", "application/json")
        .body(r#"{"compatibility": "BACKWARD"}"#)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}
