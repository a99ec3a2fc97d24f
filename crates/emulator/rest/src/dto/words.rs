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
fn words<T: Display>(all: &[T], optional: bool) -> Object {
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
        .build()
}

macro_rules! schemas {
    ($($name:ident: $all:expr, $optional:literal;)*) => {$(
        pub(crate) fn $name() -> Object {
            words($all, $optional)
        }
    )*};
}

schemas! {
    sink: Sink::REQUESTABLE, false;
    domain: &Domain::ALL, false;
    format: &Format::ALL, false;
    sync_type: &SYNC_TYPES, false;
    pace: &Pace::ALL, false;
    optional_pace: &Pace::ALL, true;
    delivery: &Guarantee::ALL, false;
    optional_delivery: &Guarantee::ALL, true;
    status: &GlobalStatus::ALL, false;
}

/// What `sync_type` may say.
pub(crate) const SYNC_TYPES: [&str; 6] = {
    let [a, b, c, d] = PlanDraft::SINGLE;
    ["grouped", "chunked", a, b, c, d]
};

/// Any whole number: what is allowed follows from other fields.
pub(crate) fn whole() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).build()
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
        .additional_properties(Some(Schema::Object(words(
            &all.map(WorkerState::name),
            false,
        ))))
        .examples([serde_json::json!({"0": "started", "1": "started"})])
        .build()
}
