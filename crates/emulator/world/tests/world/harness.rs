//! A world from JSON, and its records.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::record::{Block, Column, Stream, Value};
use emulator_domain::{Seed, Timeline, Timestamp};
use emulator_model::{Model, ModelErrors, Node};

pub(crate) fn read(json: &str) -> Result<Model, ModelErrors> {
    let node: Node = serde_json::from_str(json).expect("JSON");
    emulator_world::compile(&node)
}

/// 2,000 people for half a year.
pub(crate) fn world() -> Model {
    read(r#"{"world": "payments", "customers": 2000, "days": 182}"#).unwrap()
}

pub(crate) fn stream<'m>(model: &'m Model, name: &str) -> &'m Arc<dyn Stream> {
    model.stream(name).unwrap()
}

pub(crate) fn timeline(stream: &dyn Stream) -> Timeline {
    let (start, rate) = stream.own_time().unwrap();
    Timeline::new(start, rate)
}

/// How many records a stream has.
pub(crate) fn total(stream: &dyn Stream, seed: u64) -> u64 {
    let capacity = timeline(stream).capacity();
    let seed = Seed::new(seed);
    stream.first_at(seed, capacity).min(stream.population(seed))
}

pub(crate) fn fill(stream: &dyn Stream, seed: u64, range: Range<u64>) -> Block {
    let mut block = Block::default();
    let timeline = timeline(stream);
    stream
        .fill(Seed::new(seed), &timeline, range, &mut block)
        .unwrap();
    block
}

pub(crate) fn all(stream: &dyn Stream, seed: u64) -> Block {
    fill(stream, seed, 0..total(stream, seed))
}

/// The records as text, a line each.
pub(crate) fn lines(block: &Block) -> Vec<String> {
    let rows = (0..block.len()).map(|row| {
        let row = block.row(row);
        let values: Vec<_> = row.values().map(|value| format!("{value:?}")).collect();
        format!("{} {}", row.time().micros(), values.join(" "))
    });
    rows.collect()
}

/// The values of a field.
pub(crate) fn field<'b>(stream: &dyn Stream, block: &'b Block, name: &str) -> &'b Column {
    let fields = stream.schema().fields();
    let position = fields.iter().position(|field| field.name == name);
    &block.columns[position.unwrap_or_else(|| panic!("no field {name}"))]
}

pub(crate) fn longs(stream: &dyn Stream, block: &Block, name: &str) -> Vec<i64> {
    let column = field(stream, block, name);
    let value = |row| match column.get(row) {
        Value::Long(value) => value,
        Value::Decimal { unscaled, .. } => unscaled,
        Value::Boolean(value) => value.into(),
        Value::Null => -1,
        other => panic!("{name}: {other:?}"),
    };
    (0..block.len()).map(value).collect()
}

pub(crate) fn texts(stream: &dyn Stream, block: &Block, name: &str) -> Vec<String> {
    let column = field(stream, block, name);
    let value = |row| match column.get(row) {
        Value::Text(text) => text.to_owned(),
        Value::Uuid(id) => id.to_string(),
        Value::Null => String::new(),
        other => panic!("{name}: {other:?}"),
    };
    (0..block.len()).map(value).collect()
}

pub(crate) fn seconds(times: &[Timestamp]) -> Vec<f64> {
    times.iter().map(|time| time.seconds_f64()).collect()
}
