//! Test suites for the contracts of the ports, and a service for tests.

pub mod repository;
pub mod stores;

use compute_domain::{Field, MediaType, ServiceDescription, ServiceDraft, Tag};

/// A service for tests, which copies a text.
///
/// # Panics
/// Never.
pub fn copying() -> ServiceDescription {
    ServiceDescription::parse(ServiceDraft {
        name: "Copy".to_owned(),
        slug: "copy".to_owned(),
        summary: "Copies a text.".to_owned(),
        description: String::new(),
        data_in: vec![Field::new("text", &[MediaType::Text])],
        data_out: vec![Field::new("copy", &[MediaType::Text])],
        tags: vec![Tag::Generic],
        has_ai: false,
    })
    .expect("it is what the protocol allows")
}
