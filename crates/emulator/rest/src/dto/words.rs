//! Words that a field may have, from the domain's lists.

use std::fmt::Display;

use emulator_domain::Domain;
use emulator_domain::emulation::{GlobalStatus, WorkerState};
use emulator_domain::plan::{Format, Guarantee, Pace, PlanDraft, PlanError, Sink};
use platform_http::excerpt;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};

/// All names, joined by commas.
pub(crate) fn joined<T: Display>(all: &[T]) -> String {
    all.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// The one of `all` whose name is `text`.
pub(crate) fn one_of<T: Copy + Display>(
    field: &'static str,
    text: &str,
    all: &[T],
) -> Result<T, PlanError> {
    all.iter()
        .copied()
        .find(|word| word.to_string().eq_ignore_ascii_case(text))
        .ok_or_else(|| PlanError {
            field,
            got: format!("{:?}", excerpt(text)),
            allowed: joined(all),
        })
}

/// The whole number of a query, within `1..=max`.
pub(crate) fn up_to(field: &'static str, text: &str, max: u64) -> Result<u64, PlanError> {
    let value = text.parse().ok().filter(|value| (1..=max).contains(value));
    value.ok_or_else(|| PlanError {
        field,
        got: format!("{:?}", excerpt(text)),
        allowed: format!("1..={max}"),
    })
}

/// The schema of one of these words.
fn words<T: Display>(all: &[T], optional: bool, description: Option<&str>) -> Object {
    let values = all
        .iter()
        .map(|word| serde_json::Value::from(word.to_string()));
    let (schema_type, null) = if optional {
        (
            SchemaType::from_iter([Type::String, Type::Null]),
            Some(serde_json::Value::Null),
        )
    } else {
        (SchemaType::from(Type::String), None)
    };
    ObjectBuilder::new()
        .schema_type(schema_type)
        .enum_values(Some(values.chain(null)))
        .description(description)
        .build()
}

// A field whose schema comes from a function loses the description that its comment would give.
macro_rules! schemas {
    ($($name:ident: $all:expr, $optional:literal, $description:literal;)*) => {$(
        pub(crate) fn $name() -> Object {
            words($all, $optional, Some($description))
        }
    )*};
}

schemas! {
    sink: Sink::REQUESTABLE, false, "Where records go: messages of Kafka, objects of S3, files of a folder, or nowhere. A request may name it in any case.";
    domain: &Domain::ALL, false, "The kind of data. A request may name it in any case.";
    format: &Format::ALL, false, "How records are written: envelopes in an array, an envelope a line, or RFC 4180 with a header line.";
    sync_type: &SYNC_TYPES, false, "How records are gathered into objects: one object, one each time `max_chunk_size` bytes have gathered, or one a record (`single` and its old names). Kafka has a message a record.";
    pace: &Pace::ALL, false, "`realtime`: no record before its event time; `unlimited`: as fast as it goes.";
    optional_pace: &Pace::ALL, true, "`realtime`: no record before its event time; `unlimited`: as fast as it goes. `realtime` if absent.";
    delivery: &Guarantee::ALL, false, "What a crash may do: `at-least-once` may repeat records, `exactly-once` does not.";
    optional_delivery: &Guarantee::ALL, true, "What a crash may do: `at-least-once` may repeat records, `exactly-once` does not. `at-least-once` if absent.";
    status: &GlobalStatus::ALL, false, "`completed` means that the destination has acknowledged every record.";
}

/// What `sync_type` may say.
pub(crate) const SYNC_TYPES: [&str; 6] = {
    let [a, b, c, d] = PlanDraft::SINGLE;
    ["grouped", "chunked", a, b, c, d]
};

/// Any whole number: what is allowed follows from other fields.
pub(crate) fn max_chunk_size() -> Object {
    let description = format!(
        "In bytes, 1..={}; counts only for `chunked`.",
        PlanDraft::MAX_CHUNK_SIZE
    );
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(description))
        .build()
}

/// All 64 bits, which the usual format `int64` has not.
pub(crate) fn seed() -> Object {
    seed_of(Type::Integer.into())
}

pub(crate) fn optional_seed() -> Object {
    seed_of(SchemaType::from_iter([Type::Integer, Type::Null]))
}

fn seed_of(schema_type: SchemaType) -> Object {
    ObjectBuilder::new()
        .schema_type(schema_type)
        .minimum(Some(0u64))
        .maximum(Some(u64::MAX))
        .description(Some("Equal seeds give equal data; drawn if absent."))
        .build()
}

/// The states of workers by their number.
pub(crate) fn threads() -> Object {
    let all = [
        WorkerState::Started,
        WorkerState::Finished,
        WorkerState::Error,
    ];
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The workers by number."))
        .additional_properties(Some(Schema::Object(words(
            &all.map(WorkerState::name),
            false,
            None,
        ))))
        .examples([serde_json::json!({"0": "started", "1": "started"})])
        .build()
}
