//! A model from JSON, and its records as texts.

use emulator_domain::record::{Block, Stream, Value};
use emulator_domain::{Rate, Seed, Timeline, Timestamp};
use emulator_model::{Model, ModelErrors, Node};

/// Customers, orders, their lines, and the history of customers.
pub(crate) const SHOP: &str = r#"{
  "model": "shop",
  "streams": {
    "customer": {
      "count": 1000, "key": "customer_id",
      "fields": {
        "customer_id": {"sequence": {"start": 1}},
        "name": {"fake": "name.full", "locale": {"de": 3, "en": 7}},
        "country": {"choice": {"DE": 5, "FR": 3, "US": 2}},
        "city": {"by": "country", "cases": {"DE": {"choice": ["Berlin", "Hamburg"]}, "FR": {"choice": ["Paris", "Lyon"]}}, "else": {"fake": "address.city"}},
        "signed_up": {"date": {"from": "2020-01-01", "to": "2025-12-31"}},
        "vip": {"boolean": 0.03}
      }
    },
    "order": {
      "key": "customer_id",
      "fields": {
        "order_id": {"uuid": {}},
        "customer_id": {"ref": "customer.customer_id", "pick": {"zipf": 1.1}},
        "country": {"of": "customer_id", "field": "country"},
        "ordered_at": {"event_time": {}},
        "status": {"choice": {"paid": 90, "open": 8, "failed": 2}},
        "note": {"text": "[A-Z]{3}-[0-9]{5}", "null": 0.7},
        "total": {"decimal": {"lognormal": {"median": 30, "sigma": 1.1}, "min": 0.01, "max": 5000, "scale": 2}},
        "gross": {"expr": "total * 1.19", "scale": 2},
        "ship_to": {"struct": {"street": {"fake": "address.street"}, "zip": {"text": "[0-9]{5}"}}},
        "tags": {"array": {"of": {"choice": ["new", "gift", "bulk"]}, "length": {"uniform": [0, 3]}}}
      }
    },
    "order_line": {
      "each": "order", "times": {"1": 60, "2": 25, "3": 10, "4": 5}, "key": "order_id",
      "fields": {
        "order_id": {"parent": "order_id"},
        "line": {"ordinal": {}},
        "quantity": {"integer": {"poisson": 2, "min": 1}}
      }
    },
    "customer_change": {
      "changes_of": "customer", "update": {"city": 0.5, "vip": 0.1}, "delete": 0.01, "envelope": "debezium"
    }
  }
}"#;

/// The model of a JSON text, or everything that is wrong with it.
pub(crate) fn read(json: &str) -> Result<Model, ModelErrors> {
    let node: Node = serde_json::from_str(json).expect("JSON");
    Model::compile(&node)
}

/// The model of a JSON text.
pub(crate) fn model(json: &str) -> Model {
    read(json).unwrap_or_else(|errors| panic!("{errors}"))
}

/// One stream `s` with these fields.
pub(crate) fn fields(fields: &str) -> String {
    format!(r#"{{"model":"m","streams":{{"s":{{"count":1000000,"fields":{{{fields}}}}}}}}}"#)
}

/// 1,000 records a second from the beginning of 2026 on.
pub(crate) fn timeline() -> Timeline {
    let start = Timestamp::from_micros(1_767_225_600_000_000).expect("2026");
    Timeline::new(start, Rate::per_second(1_000.0).expect("in range"))
}

pub(crate) fn block(stream: &dyn Stream, seed: u64, range: std::ops::Range<u64>) -> Block {
    let mut block = Block::default();
    stream
        .fill(Seed::new(seed), &timeline(), range, &mut block)
        .expect("records within the stream");
    block
}

/// The values of some records, as texts.
pub(crate) fn rows(
    model: &Model,
    stream: &str,
    seed: u64,
    range: std::ops::Range<u64>,
) -> Vec<Vec<String>> {
    let stream = model.stream(stream).expect("a stream of that name");
    let block = block(&**stream, seed, range);
    let row = |row| block.row(row).values().map(text).collect();
    (0..block.len()).map(row).collect()
}

/// The values of one field.
pub(crate) fn column(
    model: &Model,
    stream: &str,
    field: &str,
    seed: u64,
    range: std::ops::Range<u64>,
) -> Vec<String> {
    let stream = model.stream(stream).expect("a stream of that name");
    let fields = stream.schema().fields();
    let position = fields
        .iter()
        .position(|known| known.name == field)
        .expect("a field of that name");
    let block = block(&**stream, seed, range);
    (0..block.len())
        .map(|row| text(block.columns[position].get(row)))
        .collect()
}

/// A value as text: enough to tell any two apart.
pub(crate) fn text(value: Value<'_>) -> String {
    let list =
        |texts: Vec<String>, ends: [&str; 2]| format!("{}{}{}", ends[0], texts.join(","), ends[1]);
    match value {
        Value::Null => "null".to_owned(),
        Value::Missing => "missing".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Long(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Decimal { unscaled, scale } => format!("{unscaled}e-{scale}"),
        Value::Text(value) => value.to_owned(),
        Value::Uuid(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        Value::Time(micros) => format!("{micros}us"),
        Value::Timestamp(value) => value.micros().to_string(),
        Value::Struct(values) => list(values.values().map(text).collect(), ["{", "}"]),
        Value::Array(values) => list(values.values().map(text).collect(), ["[", "]"]),
        Value::Map(map) => {
            let entries = map
                .entries()
                .map(|(key, value)| format!("{key}={}", text(value)));
            list(entries.collect(), ["{", "}"])
        }
    }
}

/// The errors of a model, each on a line.
pub(crate) fn errors(json: &str) -> String {
    match read(json) {
        Ok(model) => panic!("{model:?} was read: {json}"),
        Err(errors) => errors.to_string(),
    }
}
