//! The OpenAPI document of the routes.

use compute_domain::{Field, ServiceDescription};
use platform_http::{docs, login, operations};
use utoipa::OpenApi;

use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Compute service",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "tasks", description = "Tasks: handed in, followed, stopped."),
        (name = "service", description = "The service itself."),
    ),
    paths(
        routes::status,
        routes::compute,
        routes::task_status,
        routes::cancel,
        login::whoami,
        operations::live,
        operations::ready,
        operations::metrics,
        docs::openapi,
    )
)]
struct Document;

/// The OpenAPI document of a service, as JSON.
///
/// # Panics
/// Never: the document is always valid JSON.
pub fn document(service: &ServiceDescription) -> String {
    let draft = service.draft();
    let mut document = Document::openapi();
    document.info.title.clone_from(&draft.name);
    let fields = |fields: &[Field]| {
        let lines = fields
            .iter()
            .map(|field| format!("- `{}`: {}\n", field.name, field.types_in_words()));
        lines.collect::<String>()
    };
    document.info.description = Some(format!(
        "{}\n\n{}\n\nFiles in, in this order:\n\n{}\nFiles out:\n\n{}",
        draft.summary,
        draft.description,
        fields(&draft.data_in),
        fields(&draft.data_out)
    ));
    docs::secure(&mut document, &routes::table());
    document
        .to_pretty_json()
        .expect("the document can be written")
}
