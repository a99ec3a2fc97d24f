//! The OpenAPI schemas of requests and responses.

use std::borrow::Cow;

use emulator_domain::Domain;
use emulator_domain::emulation::GlobalStatus;
use emulator_domain::plan::{
    ChunkSize, Compression, Format, Guarantee, Headers, KeyFormat, NameRule, Pace, PartitionBy,
    PlanField, RecordCount, Sink, SubjectStrategy, SyncType, Timeout, Workers,
};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::{PlanFields, imperfections, traffic};

/// Converts a JSON value to a schema.
pub fn schema(value: Value) -> RefOr<Schema> {
    serde_json::from_value(value).expect("the value describes a schema")
}

/// One of these words.
pub fn words<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, description: &str) -> Object {
    let names: Vec<_> = all.iter().map(|word| name(*word)).collect();
    let value = json!({"type": "string", "description": description, "enum": names});
    serde_json::from_value(value).expect("words are an object's schema")
}

macro_rules! fields {
    ($($name:ident: $field:expr;)*) => {$(
        /// The field as a separate schema.
        pub fn $name() -> Object {
            serde_json::from_value(field($field)).expect("a field is an object's schema")
        }
    )*};
}

fields! {
    sink: PlanField::Sink;
    domain: PlanField::Domain;
    format: PlanField::Format;
    seed: PlanField::Seed;
}

/// The rate of a run.
pub fn rate() -> RefOr<Schema> {
    schema(field(PlanField::Rate))
}

/// The status of a run.
pub fn status() -> Object {
    let description = "`paused`: held until somebody resumes it. `completed` means that the \
                       destination has acknowledged every record.";
    words(&GlobalStatus::ALL, GlobalStatus::name, description)
}

/// The schema of a plan's field that has a value.
fn field(field: PlanField) -> Value {
    let whole = |max: u64, description: &str| json!({"type": "integer", "minimum": 1, "maximum": max, "description": description});
    let names = |names: &[&str], description: &str| json!({"type": "string", "enum": names, "description": description});
    match field {
        PlanField::Sink => {
            let sinks: Vec<_> = Sink::requestable().map(Sink::name).collect();
            names(
                &sinks,
                "Where records go: messages of a topic, objects of a bucket, files of a folder, or nowhere. A request may name it in any case.",
            )
        }
        PlanField::Domain => json!({
            "type": "string",
            "description": "The kind of data: transaction, user-profile or device-log, which a request may name in any case, or a stream of a model, such as shop/order.",
            "examples": Domain::ALL.map(Domain::name),
        }),
        PlanField::Format => names(
            &Format::ALL.map(Format::name),
            "How records are written: envelopes in an array, an envelope a line, RFC 4180 with a header line, Apache Avro, Protocol Buffers, or Apache Parquet, which Kafka does not take.",
        ),
        PlanField::Compression => names(
            &Compression::ALL.map(Compression::name),
            "How the blocks of objects are compressed: `zstandard`, `none`, `deflate` or `snappy` for avro, the first if absent; `none` for the others. Messages are compressed by Kafka's settings.",
        ),
        PlanField::SyncType => names(
            &SyncType::ALL.map(SyncType::name),
            "How records are distributed over objects: one object, a new one each time \
             `max_chunk_size` bytes have gathered, or one for each record. Any other value means \
             `single`, unless it looks like a misspelling of one of the others. Kafka has a \
             message for each record.",
        ),
        PlanField::MaxChunkSize => json!({
            "type": "integer",
            "minimum": 0,
            "maximum": ChunkSize::MAX.get(),
            "description": "In bytes; counts only for `chunked`, where it is at least 1.",
        }),
        PlanField::PartitionBy => names(
            &PartitionBy::ALL.map(PartitionBy::name),
            "`date`: chunked objects are put into one partition per day of event time, in UTC, as \
             Hive, Spark and DuckDB read it: `date=2026-01-31/{emulation_id}-part-00000.parquet`. \
             `none` if absent.",
        ),
        PlanField::Timeout => whole(
            Timeout::MAX.get(),
            "Seconds: of event time for a realtime run, of the clock for an unlimited one.",
        ),
        PlanField::Seed => json!({
            "type": "integer",
            "minimum": 0,
            "maximum": u64::MAX,
            "description": "Equal seeds give equal data; one below 2^53 is drawn if absent.",
        }),
        PlanField::Count => whole(
            RecordCount::MAX.get(),
            "Records at most; if absent, `timeout` decides.",
        ),
        PlanField::Rate => json!({
            "description": "Records a second of event time: a number, or a shape by which it changes; times in seconds.",
            "oneOf": traffic::schemas(),
        }),
        PlanField::Pace => names(
            &Pace::ALL.map(Pace::name),
            "`realtime`: no record before its event time; `unlimited`: as fast as it goes. `realtime` if absent.",
        ),
        PlanField::StartTime => json!({
            "type": "string",
            "format": "date-time",
            "pattern": "^(19[7-9][0-9]|[2-9][0-9]{3})-",
            "description": "Event time of record 0, from the year 1970 on; now if absent.",
        }),
        PlanField::Workers => whole(
            Workers::MAX.get().into(),
            "Number of shares of the run that are generated at the same time; never more than this \
             server has threads, which is the number if absent. The data are the same, byte for \
             byte, whatever the number.",
        ),
        PlanField::Destination => json!({
            "type": "string",
            "description": "Name of the topic, bucket or folder; by domain if absent.",
        }),
        PlanField::Delivery => names(
            &Guarantee::ALL.map(Guarantee::name),
            "What a crash may do: `at-least-once` may repeat records, `exactly-once` does not. Kafka needs transactions for it; objects and files are replaced by the same bytes, so it holds for them anyway; other sinks cannot give it. `at-least-once` if absent.",
        ),
        PlanField::FirstUserId => {
            whole(u64::from(u32::MAX - 1), "The lowest id of the population.")
        }
        PlanField::LastUserId => {
            whole(u64::from(u32::MAX - 1), "The highest id of the population.")
        }
        PlanField::PopulationSeed => json!({
            "type": "integer",
            "minimum": 0,
            "maximum": u64::MAX,
            "description": "Seed of the people and shops: runs with the same one share them. \
                            `seed` if absent; the service's own if that is absent, too. The people \
                            of a model are its records: for its streams it is `seed`.",
        }),
        PlanField::FirstIndex => json!({
            "type": "integer",
            "minimum": 0,
            "maximum": RecordCount::MAX.get(),
            "description": "Number of records at the start of the timeline that the run skips.",
        }),
        PlanField::FromTime | PlanField::ToTime => json!({
            "type": "string",
            "format": "date-time",
            "pattern": "^(19[7-9][0-9]|[2-9][0-9]{3})-",
            "description": match field {
                PlanField::FromTime => "Only the part of the timeline from this moment on; without `start_time` that of the timeline that began in 1970.",
                _ => "Only the part of the timeline before this moment.",
            },
        }),
        PlanField::Labels => json!({
            "type": "boolean",
            "description": "Whether transactions carry `is_fraud`.",
        }),
        PlanField::KeyFormat => names(
            &KeyFormat::ALL.map(KeyFormat::name),
            "How the keys of messages are written: as text, as a record of Avro or a JSON object with the key as its only field (with a schema registry after the id of its schema), or not at all. `string` if absent, which objects and files take alone.",
        ),
        PlanField::Headers => json!({
            "type": "object",
            "maxProperties": Headers::MOST,
            "additionalProperties": {"type": "string", "maxLength": Headers::LONGEST},
            "description": "Headers of each message of Kafka by name: a constant, or the value of a field, whose name comes after `$`; `$$` at the beginning is a `$`.",
            "examples": [{"source": "emulator", "user": "$user_id"}],
        }),
        PlanField::Tombstones => json!({
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The probability that a message of Kafka has a null value, which deletes its key from a compacted topic; of a stream of changes, the probability that a deletion has. Its header `tombstone_of` says which record it stands for: `{emulation_id}/{index}`. 0 if absent.",
        }),
        PlanField::SubjectStrategy => names(
            &SubjectStrategy::ALL.map(SubjectStrategy::name),
            "Under which subjects schemas are registered: `{topic}-key` and `{topic}-value`, the name of the record, or `{topic}-` and that name. `topic` if absent.",
        ),
        PlanField::Imperfections => {
            let mut all = imperfections::schema();
            all["description"] = "Deliberate faults, each as a share of the records or an object \
                                  with one. A record has one fault at most, and drift. If absent, \
                                  those of the model, if any; `{}` for none."
                .into();
            all["examples"] = json!([{"late": {"share": 0.05, "bound": 60}, "duplicate": 0.01}]);
            all
        }
    }
}

/// An object with these fields: those in `required` must be present, those in `nullable` may be
/// null.
fn object(
    fields: &[PlanField],
    required: &[PlanField],
    nullable: impl Fn(&PlanField) -> bool,
) -> Value {
    let properties: serde_json::Map<_, _> = fields
        .iter()
        .map(|name| {
            let mut value = field(*name);
            if nullable(name) {
                match value.get_mut("oneOf").and_then(Value::as_array_mut) {
                    Some(kinds) => kinds.push(json!({"type": "null"})),
                    None => value["type"] = json!([value["type"], "null"]),
                }
                if let Some(words) = value.get_mut("enum").and_then(Value::as_array_mut) {
                    words.push(Value::Null);
                }
            }
            (name.name().to_owned(), value)
        })
        .collect();
    let required: Vec<_> = required.iter().map(|field| field.name()).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// A request with these fields, to a server with these sinks; what is not required may be omitted.
pub fn request(
    fields: &[PlanField],
    required: &[PlanField],
    sinks: &[Sink],
    (others, description): (Value, &str),
    example: Value,
) -> RefOr<Schema> {
    let mut all = object(fields, required, |field| !required.contains(field));
    if let (Some(all), Value::Object(others)) = (all["properties"].as_object_mut(), others) {
        all.extend(others);
    }
    let names: Vec<_> = sinks.iter().map(|sink| sink.name()).collect();
    all["properties"][PlanField::Sink.name()]["enum"] = json!(names);
    all["description"] = description.into();
    all["examples"] = json!([example]);
    all["additionalProperties"] = false.into();
    // Any word may mean single.
    if let Some(sync_type) = all["properties"]["sync_type"].as_object_mut() {
        sync_type.remove("enum");
    }
    schema(json!({"allOf": [all, chunk_sizes(), destinations(sinks)]}))
}

/// A plan with every value resolved, except for `echoed` fields, which are as they came.
pub fn answer(echoed: &[PlanField], more: Value) -> RefOr<Schema> {
    let mut all = object(&PlanField::ALL, &PlanField::ALL, |field| {
        let nullable = [
            PlanField::Count,
            PlanField::FromTime,
            PlanField::ToTime,
            PlanField::Imperfections,
        ];
        nullable.contains(field)
    });
    for field in echoed {
        if let Some(property) = all["properties"][field.name()].as_object_mut() {
            property.remove("enum");
        }
    }
    schema(json!({"allOf": [all, more]}))
}

impl PartialSchema for PlanFields {
    fn schema() -> RefOr<Schema> {
        let mut all = object(&PlanField::ALL, &PlanField::ALL, |field| {
            [
                PlanField::Count,
                PlanField::MaxChunkSize,
                PlanField::FromTime,
                PlanField::ToTime,
                PlanField::Imperfections,
            ]
            .contains(field)
        });
        all["description"] = "A plan with every value resolved.".into();
        schema(all)
    }
}

impl ToSchema for PlanFields {
    fn name() -> Cow<'static, str> {
        "Plan".into()
    }
}

/// Constraints on a field that depend on another one.
fn chunk_sizes() -> Value {
    json!({"anyOf": [
        {"title": "an object each time max_chunk_size bytes have gathered", "type": "object", "properties": {
            "max_chunk_size": {"type": "integer", "minimum": 1}
        }},
        {"title": "max_chunk_size does not count", "type": "object", "properties": {
            "sync_type": {"type": "string", "pattern": "^(?![cC][hH][uU][nN][kK][eE][dD]$)"}
        }},
    ]})
}

fn destinations(sinks: &[Sink]) -> Value {
    let of = |rule: NameRule| -> Vec<_> {
        let named = sinks.iter().map(|sink| sink.capabilities());
        named
            .filter(|capabilities| capabilities.names == rule)
            .map(|capabilities| capabilities.name)
            .collect()
    };
    json!({"anyOf": [
        {"title": "the name of a bucket", "type": "object", "properties": {
            "emulator_sync": {"type": "string", "enum": of(NameRule::Bucket)},
            "destination": {
                "type": ["string", "null"],
                "pattern": r"^(?!([0-9]{1,3}\.){3}[0-9]{1,3}$)[a-z0-9]([a-z0-9-]|\.(?!\.))*[a-z0-9]$",
                "minLength": 3,
                "maxLength": 63
            }
        }},
        {"title": "the name of a topic or folder", "type": "object", "properties": {
            "emulator_sync": {"type": "string", "enum": of(NameRule::Topic)},
            "destination": {"type": ["string", "null"], "pattern": r"^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$"}
        }},
    ]})
}
