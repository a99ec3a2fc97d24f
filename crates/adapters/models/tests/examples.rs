//! The models of examples/models are what they are there for: models.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::path::Path;

use adapter_models::{Syntax, node, read, read_node};

/// The file's tree as JSON, and the published schema of the language.
#[test]
fn every_example_holds_by_the_published_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let schema = std::fs::read_to_string(root.join("docs/reference/model.schema.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let told = |json: &str| -> Vec<String> {
        let value = serde_json::from_str(json).unwrap();
        let errors = validator.iter_errors(&value);
        errors.map(|error| error.to_string()).collect()
    };
    let mut found = 0;
    for entry in std::fs::read_dir(root.join("examples/models")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let json = read_node(&path).unwrap().to_json();
            assert_eq!(told(&json), [""; 0], "{}", path.display());
            found += 1;
        }
    }
    assert!(found >= 5, "{found} examples");
    // What the program refuses the schema refuses, too.
    for wrong in [
        "model: m\nstreams: {}",
        "model: m\nstreams: {s: {fields: {x: {uuid: {}, boolean: 0.5}}}}",
        "model: m\nstreams: {s: {fields: {x: {nothing: {}}}}}",
        "model: m\nstreams: {s: {fields: {x: {uuid: {}}}, cuont: 5}}",
        "model: m\nstreams: {s: {fields: {x: {boolean: 1.5}}}}",
        "model: m\nstreams: {s: {fields: {x: {integer: {normal: {mean: 1}}}}}}",
        "model: m\nstreams: {s: {fields: {x: {uuid: {}, null: 2}}}}",
    ] {
        let json = node(wrong, Syntax::Yaml, None).unwrap().to_json();
        assert!(!told(&json).is_empty(), "{wrong}");
    }
}

#[test]
fn every_example_is_a_model() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../examples/models");
    let mut wrong = String::new();
    for name in ["shop", "iot", "payments", "hr", "clickstream"] {
        match read(&folder.join(format!("{name}.yaml"))) {
            Ok(model) => assert_eq!(model.name(), name),
            Err(error) => wrong += &format!("{error}\n"),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
