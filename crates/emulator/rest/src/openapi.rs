//! The document that describes the routes.

use utoipa::OpenApi;

use crate::routes::{docs, domains, emulations, events, health};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Data Emulator",
        description = "Emulates realistic sources of data and delivers their records to Kafka, object storage or files.\n\n\
            Every answer that is not a success is `{\"detail\": \"...\"}`: which field, what came, what is allowed. \
            A path that is not here is answered with 404, a method that a path does not have with 405 and `Allow`. \
            GET answers HEAD too; a slash at the end of a path does not matter.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "emulations", description = "Runs: started, followed, stopped."),
        (name = "domains", description = "What can be emulated."),
        (name = "service", description = "The service itself."),
    ),
    paths(
        health::welcome,
        emulations::start,
        emulations::list,
        emulations::status,
        events::follow,
        emulations::manifest,
        emulations::cancel,
        domains::domains,
        domains::sample,
        health::live,
        health::ready,
        health::metrics,
        docs::document,
    )
)]
struct Document;

/// The OpenAPI document of all routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// The document as indented JSON with a line end, the same at every call.
pub fn openapi_json() -> String {
    let mut json = openapi()
        .to_pretty_json()
        .expect("the document has text keys only");
    json.push('\n');
    json
}
