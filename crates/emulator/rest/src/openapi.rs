//! The document that describes the routes.

use platform_http::{docs, operations};
use utoipa::OpenApi;

use crate::routes::{domains, emulations, events, welcome};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Data Emulator",
        description = "Emulates realistic sources of data and delivers their records to Kafka, object storage or files.\n\n\
            Every answer that is not a success is `{\"detail\": \"...\"}`: what was wrong, and what is allowed or what to do; `errors` has one entry for each field of a request that was wrong. \
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
        welcome::welcome,
        emulations::start,
        emulations::list,
        emulations::show,
        emulations::status,
        events::follow,
        emulations::manifest,
        emulations::cancel,
        domains::domains,
        domains::sample,
        operations::live,
        operations::ready,
        operations::metrics,
        docs::openapi,
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
