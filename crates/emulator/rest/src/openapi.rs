//! The document that describes the routes.

use emulator_domain::plan::{PlanDraft, Sink};
use platform_http::{docs, operations};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AllOf, Schema};
use utoipa::{Modify, OpenApi};

use crate::dto::words::SYNC_TYPES;
use crate::routes::{domains, emulations, events, welcome};

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
        welcome::welcome,
        emulations::start,
        emulations::list,
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
    ),
    modifiers(&Conditions)
)]
struct Document;

/// What one field of a request allows where another says so. A derived schema knows no such thing,
/// and without it a client that follows the document would be refused.
struct Conditions;

impl Modify for Conditions {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schemas = document
            .components
            .as_mut()
            .map(|components| &mut components.schemas);
        let request = schemas.and_then(|schemas| schemas.get_mut("StartRequest"));
        let request = request.expect("POST /emulator refers to its request");
        let conditions = [chunk_sizes(), destinations()]
            .map(|condition| serde_json::from_value(condition).expect("a condition is a schema"));
        let fields = std::mem::replace(request, RefOr::T(Schema::AllOf(AllOf::new())));
        if let RefOr::T(Schema::AllOf(all)) = request {
            all.items = [fields].into_iter().chain(conditions).collect();
        }
    }
}

fn chunk_sizes() -> Value {
    let (others, chunked): (Vec<_>, Vec<_>) =
        SYNC_TYPES.into_iter().partition(|name| *name != "chunked");
    json!({"anyOf": [
        {"title": "an object each time max_chunk_size bytes have gathered", "type": "object", "properties": {
            "sync_type": {"type": "string", "enum": chunked},
            "max_chunk_size": {"type": "integer", "minimum": 1, "maximum": PlanDraft::MAX_CHUNK_SIZE}
        }},
        {"title": "max_chunk_size does not count", "type": "object", "properties": {"sync_type": {"type": "string", "enum": others}}},
    ]})
}

fn destinations() -> Value {
    let (buckets, others): (Vec<_>, Vec<_>) = Sink::REQUESTABLE
        .iter()
        .partition(|sink| **sink == Sink::Minio);
    let names = |sinks: Vec<&Sink>| {
        sinks
            .into_iter()
            .map(|sink| sink.name())
            .collect::<Vec<_>>()
    };
    json!({"anyOf": [
        {"title": "the name of a bucket", "type": "object", "properties": {
            "emulator_sync": {"type": "string", "enum": names(buckets)},
            "destination": {
                "type": ["string", "null"],
                "pattern": r"^(?!([0-9]{1,3}\.){3}[0-9]{1,3}$)[a-z0-9]([a-z0-9-]|\.(?!\.))*[a-z0-9]$",
                "minLength": 3,
                "maxLength": 63
            }
        }},
        {"title": "the name of a topic or folder", "type": "object", "properties": {
            "emulator_sync": {"type": "string", "enum": names(others)},
            "destination": {"type": ["string", "null"], "pattern": r"^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$"}
        }},
    ]})
}

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
