//! The generators: one per file, all in one table.
//!
//! To add one, write a file with a [`GeneratorKind`], and add a line to [`KINDS`].

use emulator_domain::record::{Column, LogicalType};

use crate::compile::{Context, FieldNode};
use crate::program::{Generator, Pick};

pub use self::fake::WORDS;
pub(crate) use self::template::write_plain;

mod by;
mod choice;
mod constant;
mod datetime;
mod expr;
pub(crate) mod fake;
mod nested;
mod number;
mod related;
mod sequence;
mod template;

mod text;
mod uuid;

/// A generator: its name, its syntax and its reader.
pub struct GeneratorKind {
    /// The key that names it in a field.
    pub name: &'static str,
    /// What it generates, in one sentence.
    pub summary: &'static str,
    /// The JSON Schema of the key's value. `{"$ref":"#/$defs/field"}` is a field.
    pub parameter: &'static str,
    /// The keys allowed beside it, each with its JSON Schema.
    pub beside: &'static [(&'static str, &'static str)],
    /// An example of a field in YAML. The other fields that it needs are provided.
    pub example: &'static str,
    pub(crate) read: fn(&mut Context<'_>, &FieldNode<'_>) -> Option<Made>,
}

/// All generators, in the order in which they are documented.
pub const KINDS: &[GeneratorKind] = &[
    constant::CONSTANT,
    sequence::SEQUENCE,
    uuid::UUID,
    number::BOOLEAN,
    number::INTEGER,
    number::DECIMAL,
    number::FLOAT,
    choice::CHOICE,
    text::TEXT,
    template::TEMPLATE,
    fake::FAKE,
    datetime::DATE,
    datetime::TIME,
    datetime::TIMESTAMP,
    datetime::EVENT_TIME,
    datetime::OFFSET,
    nested::STRUCT,
    nested::ARRAY,
    nested::MAP,
    related::REF,
    related::OF,
    related::PARENT,
    related::ORDINAL,
    by::BY,
    expr::EXPR,
];

/// A generator that was read.
pub(crate) struct Made {
    pub(crate) generator: Box<dyn Generator>,
    pub(crate) logical_type: LogicalType,
    /// Whether the generator itself may give no value.
    pub(crate) nullable: bool,
    /// Whether values are unique and can be mapped back to their index.
    pub(crate) leads_back: bool,
    /// The reference to a record of another stream.
    pub(crate) pick: Option<Pick>,
}

impl Made {
    /// A generator that always gives a value.
    pub(crate) fn new(generator: impl Generator + 'static, logical_type: LogicalType) -> Self {
        Self {
            generator: Box::new(generator),
            logical_type,
            nullable: false,
            leads_back: false,
            pick: None,
        }
    }

    /// Marks its values as unique and mappable to their index.
    pub(crate) fn leading_back(self) -> Self {
        Self {
            leads_back: true,
            ..self
        }
    }

    /// Sets whether it may give no value.
    pub(crate) fn nullable(self, nullable: bool) -> Self {
        Self { nullable, ..self }
    }
}

/// Appends a value to a column of the same type.
pub(crate) fn append(column: &mut Column, value: emulator_domain::record::Value<'_>) {
    use emulator_domain::record::{Cells, Presence, Value};
    match (&mut column.cells, value) {
        (Cells::Boolean(values), Value::Boolean(value)) => values.push(value),
        (Cells::Long(values), Value::Long(value)) => values.push(value),
        (Cells::Float(values), Value::Float(value)) => values.push(value),
        (
            Cells::Decimal { unscaled, .. },
            Value::Decimal {
                unscaled: value, ..
            },
        ) => {
            unscaled.push(value);
        }
        (Cells::Text(texts), Value::Text(text)) => texts.push(text),
        (Cells::Uuid(values), Value::Uuid(value)) => values.push(value),
        (Cells::Date(values), Value::Date(value)) => values.push(value.days()),
        (Cells::Time(values), Value::Time(value)) => values.push(value),
        (Cells::Timestamp(values), Value::Timestamp(value)) => values.push(value),
        (cells, Value::Null | Value::Missing) => {
            match cells {
                Cells::Boolean(values) => values.push(false),
                Cells::Long(values) | Cells::Time(values) => values.push(0),
                Cells::Decimal { unscaled, .. } => unscaled.push(0),
                Cells::Float(values) => values.push(0.0),
                Cells::Text(texts) => texts.push(""),
                Cells::Uuid(values) => values.push(::uuid::Uuid::nil()),
                Cells::Date(values) => values.push(0),
                Cells::Timestamp(values) => values.push(emulator_domain::Timestamp::EARLIEST),
                Cells::Word { .. } | Cells::Struct(_) | Cells::Array { .. } | Cells::Map { .. } => {
                    unreachable!("only columns of plain values are put together")
                }
            }
            let presence = if matches!(value, Value::Null) {
                Presence::Null
            } else {
                Presence::Missing
            };
            column.remove(column.len() - 1, presence);
        }
        (cells, value) => unreachable!("{value:?} in {cells:?}"),
    }
}

/// An empty column for a plain type; `None` for nested types.
pub(crate) fn plain_column(logical_type: &LogicalType) -> Option<Column> {
    use emulator_domain::record::{Cells, TextCells};
    Some(Column::new(match logical_type {
        LogicalType::Boolean => Cells::Boolean(Vec::new()),
        LogicalType::Long => Cells::Long(Vec::new()),
        LogicalType::Float => Cells::Float(Vec::new()),
        LogicalType::Decimal { scale, .. } => Cells::Decimal {
            unscaled: Vec::new(),
            scale: *scale,
        },
        LogicalType::Text | LogicalType::Enum(_) => Cells::Text(TextCells::default()),
        LogicalType::Uuid => Cells::Uuid(Vec::new()),
        LogicalType::Date => Cells::Date(Vec::new()),
        LogicalType::Time => Cells::Time(Vec::new()),
        LogicalType::Timestamp => Cells::Timestamp(Vec::new()),
        LogicalType::Integer
        | LogicalType::Ipv4
        | LogicalType::Flag
        | LogicalType::Struct(_)
        | LogicalType::Array(_)
        | LogicalType::Map(_) => return None,
    }))
}
