//! The models of examples/models are what they are there for: models.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::path::Path;

use adapter_models::read;

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
