//! The OpenAPI document.

use emulator_domain::listed;
use emulator_domain::plan::Sink;
use platform_http::{docs, login, operations};
use serde_json::{Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{OpenApi, ToSchema};

use crate::dto::start::StartRequest;
use crate::routes::table;
use crate::routes::{domains, emulations, events, listing, models, system, welcome};

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
        (name = "models", description = "Records of your own shape."),
        (name = "service", description = "The service itself."),
    ),
    paths(
        welcome::welcome,
        emulations::start,
        emulations::check,
        emulations::list,
        emulations::show,
        emulations::status,
        events::follow,
        listing::follow,
        emulations::manifest,
        emulations::imperfections,
        emulations::cancel,
        emulations::pause,
        emulations::resume,
        emulations::change,
        domains::domains,
        domains::sample,
        domains::schema,
        models::list,
        models::show,
        models::put,
        models::delete,
        login::whoami,
        system::system,
        operations::live,
        operations::ready,
        operations::metrics,
        docs::openapi,
    )
)]
struct Document;

/// The document of all routes of a server that has these sinks and offers these streams of models,
/// as indented JSON with a line end. The output is deterministic.
pub fn openapi_json(sinks: &[Sink], streams: &[String]) -> String {
    let mut document = Document::openapi();
    if let Some(components) = &mut document.components {
        let request = named(StartRequest::schema_of(sinks), streams);
        components
            .schemas
            .insert(StartRequest::name().into_owned(), request);
    }
    for item in document.paths.paths.values_mut() {
        let changing = [
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in item.get.iter_mut().chain(changing.into_iter().flatten()) {
            give_examples(operation, sinks);
        }
    }
    docs::secure(&mut document, &table());
    let mut json = document
        .to_pretty_json()
        .expect("the document has text keys only");
    json.push('\n');
    json
}

/// Adds the streams to the possible values of `emulation_domain` in the request.
fn named(request: RefOr<Schema>, streams: &[String]) -> RefOr<Schema> {
    let mut json = serde_json::to_value(request).expect("a schema is JSON");
    let examples = json
        .pointer_mut("/allOf/0/properties/emulation_domain/examples")
        .and_then(Value::as_array_mut)
        .expect("the built-in domains are its examples");
    examples.extend(streams.iter().cloned().map(Value::from));
    serde_json::from_value(json).expect("it was a schema before")
}

/// Adds an example body to every error of an operation.
fn give_examples(operation: &mut Operation, sinks: &[Sink]) {
    let name = operation.operation_id.as_deref().unwrap_or_default();
    for (status, response) in &mut operation.responses.responses {
        let (Some(example), RefOr::T(response)) = (example(name, status, sinks), response) else {
            continue;
        };
        for content in response.content.values_mut() {
            if let RefOr::T(content) = content {
                content.example = Some(example.clone());
            }
        }
    }
}

/// The example body of an error.
fn example(operation: &str, status: &str, sinks: &[Sink]) -> Option<Value> {
    let detail = match (status, operation) {
        ("400", "start_emulation" | "check_emulation") => {
            let names: Vec<_> = sinks.iter().map(|sink| sink.name()).collect();
            let sync = format!("invalid emulator_sync 's3'; expected {}", listed(&names));
            let timeout = "invalid timeout 0; expected 1 to 31536000 seconds";
            return Some(json!({"detail": sync, "errors": [
                {"field": "emulator_sync", "detail": sync},
                {"field": "timeout", "detail": timeout},
            ]}));
        }
        ("400", "list_emulations" | "list_events") => {
            "invalid status 'done'; expected processing, paused, completed, failed or cancelled"
        }
        ("400", "sample") => "invalid count '0'; expected 1 to 1000",
        ("400", "schema") => "invalid as 'thrift'; expected avro, proto, json-schema, sql or arrow",
        ("404", "sample" | "schema") => {
            "invalid domain 'users'; expected transaction, user-profile or device-log"
        }
        ("400", "put_model") => {
            let place = "line 3, column 5: unknown key 'fielsd'; expected fields";
            return Some(json!({"detail": place, "errors": [
                {"field": "streams.order", "detail": place},
            ]}));
        }
        ("404", "model" | "delete_model") => "unknown model 'shop'",
        ("408", "put_model") => "the model did not arrive in 10 s",
        ("409", "put_model" | "delete_model") => {
            "the model shop is used by the emulation 0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21; cancel it \
             or wait for its end"
        }
        ("413", "put_model") => "the model is larger than 1 MiB; split it into several models",
        ("404", _) => "Emulation ID 0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21 not found.",
        ("408", _) => "body: did not arrive within 10 seconds",
        ("400", "change_emulation") => {
            let rate = "invalid rate 0; expected 0.000001 to 100000000 records a second";
            return Some(json!({"detail": rate, "errors": [{"field": "rate", "detail": rate}]}));
        }
        ("409", "start_emulation") => {
            "the Idempotency-Key nightly-7 was given with another request, which started emulation 0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21; send that again, or choose another key"
        }
        ("422", _) => "invalid Idempotency-Key ''; expected 1 to 255 visible characters of ASCII",
        ("409", _) => {
            "Emulation ID 0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21 was not changed: it is completed \
             already; only a run that is processing or paused can be paused, resumed, cancelled or \
             given another rate. Its name and labels can still be changed; to deliver the same \
             records again, start a run with the plan of its manifest"
        }
        ("413", _) => "body: got more than 65536 bytes; expected at most 65536",
        ("415", _) => "Content-Type: got \"text/plain\"; expected application/json",
        ("429", "change_emulation") => {
            "airflow may have 1000 records a second, all runs together, and has 400 without this one, which has up to 800"
        }
        ("429", "start_emulation" | "resume_emulation") => {
            "160 emulations are running or waiting, which is the limit; try again in 5 s"
        }
        ("429", _) => {
            "there are 64 streams of events of one client already, which is the limit; close one, \
             or ask for the status instead"
        }
        ("503", "start_emulation") => "the service is shutting down and takes no new emulations",
        ("503", "ready") => return None,
        ("503", _) => "the state of the emulations cannot be read: Input/output error (os error 5)",
        _ => return None,
    };
    Some(json!({"detail": detail}))
}
