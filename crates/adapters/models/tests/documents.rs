//! The reference of the language of models, made from the tables that reading it goes by.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use adapter_models::{Syntax, read_text};
use emulator_domain::record::{Block, Value};
use emulator_domain::{Rate, Seed, Timeline, Timestamp};
use emulator_model::{GENERATORS, GeneratorKind, distributions, json_schema, providers};

fn is_current(page: &str, content: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../..")
        .join(page);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, content).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == content,
        "{page} is not current: UPDATE_DOCUMENTS=1 cargo test --workspace --test documents"
    );
}

#[test]
fn the_schema_of_the_language_is_current() {
    is_current("docs/reference/model.schema.json", &(json_schema() + "\n"));
}

#[test]
fn the_reference_of_generators_is_current() {
    let mut page = String::from(
        "# Models: the language

A model is a file in YAML, JSON or TOML ([your own data in ten minutes](../how-to/your-own-data.md)). \
[model.schema.json](model.schema.json) is its JSON Schema, for completion and checks in editors. \
This page is generated from the program.

## Streams

A stream is a map under its name, with these keys:

| key | |
|---|---|
| `fields` | its fields by name, each with one generator |
| `count` | the number of records: entities, to which other streams can refer |
| `each`, `times` | children of each record of another stream, and how many: a number, or numbers with weights |
| `changes_of`, `update`, `delete` | the history of a stream of entities: for each field the probability that an update changes it, and the share of deletions |
| `key` | the field that is the key of a message |
| `id` | the field that identifies the record; by default the first that can |
| `envelope` | `none`, `emulation` or `debezium` |
| `imperfections` | its imperfections, unless a run has its own ([dirty data](../how-to/dirty-data.md#in-a-model)) |
| `description` | for people |

A stream without `count`, `each` and `changes_of` consists of events: an unlimited number of records on the run's timeline.

## Generators

Beside its generator, every field may have `null` and `missing`, the shares of records in which it has \
no value or is absent, and a `description`. Each example is followed by three values, with seed 1:

",
    );
    for kind in GENERATORS {
        let GeneratorKind {
            name,
            summary,
            example,
            ..
        } = kind;
        let beside: Vec<String> = kind
            .beside
            .iter()
            .map(|(key, _)| format!("`{key}`"))
            .collect();
        let beside = match beside.as_slice() {
            [] => String::new(),
            keys => format!(" Further keys: {}.", keys.join(", ")),
        };
        let values = sample(example).join(" · ");
        write!(
            page,
            "### {name}\n\n{summary}{beside}\n\n```yaml\n{example}\n```\n\n{values}\n\n"
        )
        .unwrap();
    }
    page += "## Distributions\n\nA map with one of these; values beyond an optional `min` or `max` are drawn again:\n\n| | |\n|---|---|\n";
    for (name, parameters) in distributions() {
        writeln!(page, "| `{name}` | {parameters} |").unwrap();
    }
    let (providers, locales) = providers();
    write!(
        page,
        "\n## Words\n\nProviders of `fake`: {}.\n\nLocales: {}.\n",
        providers.join(", "),
        locales.join(", ")
    )
    .unwrap();
    is_current("docs/reference/models.md", &page);
}

/// The first values of a field that stands where it can: in a stream of events that refers to
/// another, or in one of children.
fn sample(example: &str) -> Vec<String> {
    let (name, node) = example.split_once(": ").unwrap();
    let of_children = node.contains("parent:") || node.contains("ordinal:");
    let fields = |fields: &[(&str, &str)], is_here: bool| {
        let others = fields
            .iter()
            .filter(|(field, _)| !is_here || *field != name);
        let mut text: String = others
            .map(|(field, node)| format!("      {field}: {node}\n"))
            .collect();
        if is_here {
            writeln!(text, "      {example}").unwrap();
        }
        text
    };
    let order = [
        ("order_id", "{ uuid: {} }"),
        ("customer_id", "{ ref: customer.customer_id }"),
        ("country", "{ choice: { DE: 5, FR: 3, US: 2 } }"),
        (
            "total",
            "{ decimal: { lognormal: { median: 30, sigma: 1.1 }, min: 0.01, max: 5000 } }",
        ),
        ("ordered_at", "{ event_time: {} }"),
    ];
    let model = format!(
        "model: reference\nstreams:\n  customer:\n    count: 1000\n    fields:\n      customer_id: \
         {{ sequence: {{ start: 1000 }} }}\n      country: {{ choice: {{ DE: 5, FR: 3, US: 2 }} }}\n  \
         order:\n    fields:\n{}  order_line:\n    each: order\n    times: {{ 1: 3, 2: 2 }}\n    \
         fields:\n{}",
        fields(&order, !of_children),
        fields(&[("order_id", "{ parent: order_id }")], of_children),
    );
    let model =
        read_text(&model, Syntax::Yaml).unwrap_or_else(|errors| panic!("{errors}\n{model}"));
    let stream = model
        .stream(if of_children { "order_line" } else { "order" })
        .unwrap();
    let start = Timestamp::from_micros(1_767_225_600_000_000).unwrap();
    let timeline = Timeline::new(start, Rate::new(1.0).unwrap());
    let mut block = Block::default();
    stream
        .fill(Seed::new(1), &timeline, 0..3, &mut block)
        .unwrap();
    let fields = stream.schema().fields();
    let column = fields.iter().position(|field| field.name == name).unwrap();
    let values = (0..3).map(|row| format!("`{}`", shown(block.columns[column].get(row))));
    values.collect()
}

fn shown(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Missing => "missing".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Long(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Decimal { unscaled, scale } => {
            let unit = 10i64.pow(scale.into());
            format!(
                "{}.{:0width$}",
                unscaled / unit,
                unscaled % unit,
                width = scale.into()
            )
        }
        Value::Text(text) => text.to_owned(),
        Value::Uuid(value) => value.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Time(micros) => {
            let seconds = micros / 1_000_000;
            format!(
                "{:02}:{:02}:{:02}",
                seconds / 3600,
                seconds / 60 % 60,
                seconds % 60
            )
        }
        Value::Timestamp(time) => time.to_string(),
        Value::Struct(parts) => joined('{', parts.values().map(shown), '}'),
        Value::Array(elements) => joined('[', elements.values().map(shown), ']'),
        Value::Map(map) => {
            let entries = map
                .entries()
                .map(|(key, value)| format!("{key}: {}", shown(value)));
            joined('{', entries, '}')
        }
    }
}

fn joined(open: char, values: impl Iterator<Item = String>, close: char) -> String {
    format!("{open}{}{close}", values.collect::<Vec<_>>().join(", "))
}
