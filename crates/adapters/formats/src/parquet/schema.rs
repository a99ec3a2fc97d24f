//! The fields of records as Parquet columns.

use std::sync::Arc;

use emulator_domain::record::{Envelope, Field, LogicalType, Schema};
use parquet::basic::{LogicalType as Annotation, Repetition, TimeUnit, Type as Physical};
use parquet::schema::types::{Type, TypePtr};

/// Decimals of up to this many digits fit into an i64.
const LONG_DIGITS: u8 = 18;

/// The fields of a row, those of the envelope first.
pub(super) fn fields(schema: &Schema, envelope: Envelope) -> impl Iterator<Item = &Field> {
    let around = match envelope {
        Envelope::None => &[],
        Envelope::Emulation => Schema::envelope(),
    };
    around.iter().chain(schema.fields())
}

/// The columns of a table with such rows.
pub(super) fn columns(schema: &Schema, envelope: Envelope) -> TypePtr {
    let columns = fields(schema, envelope).map(|field| Arc::new(column(&field.name, field)));
    let root = Type::group_type_builder("schema").with_fields(columns.collect());
    Arc::new(root.build().expect("columns make a table"))
}

fn column(name: &str, field: &Field) -> Type {
    let repetition = match field.nullable {
        true => Repetition::OPTIONAL,
        false => Repetition::REQUIRED,
    };
    let instant = |utc| Annotation::Timestamp {
        is_adjusted_to_u_t_c: utc,
        unit: TimeUnit::MICROS,
    };
    let (physical, annotation) = match &field.logical_type {
        LogicalType::Struct(fields) => {
            let fields = fields.iter().map(|each| Arc::new(column(&each.name, each)));
            return group(name, repetition, None, fields.collect());
        }
        LogicalType::Array(element) => {
            let element = vec![Arc::new(column("element", element))];
            let list = group("list", Repetition::REPEATED, None, element);
            return group(name, repetition, Some(Annotation::List), vec![list.into()]);
        }
        LogicalType::Map(value) => {
            let key = Field::new("key", LogicalType::Text, "");
            let entry = vec![column("key", &key).into(), column("value", value).into()];
            let entries = group("key_value", Repetition::REPEATED, None, entry);
            return group(
                name,
                repetition,
                Some(Annotation::Map),
                vec![entries.into()],
            );
        }
        LogicalType::Integer | LogicalType::Long => (Physical::INT64, None),
        LogicalType::Flag => (Physical::INT32, None),
        LogicalType::Decimal { precision, scale } => (
            Physical::INT64,
            Some(Annotation::Decimal {
                precision: (*precision).min(LONG_DIGITS).into(),
                scale: (*scale).into(),
            }),
        ),
        // Text, because Spark 4 cannot read files with Parquet's UUID type, and Arrow reads
        // Parquet's enum type as bytes. The words of an enum are in the dictionary.
        LogicalType::Text | LogicalType::Enum(_) | LogicalType::Ipv4 | LogicalType::Uuid => {
            (Physical::BYTE_ARRAY, Some(Annotation::String))
        }
        LogicalType::Timestamp => (Physical::INT64, Some(instant(true))),
        LogicalType::Date => (Physical::INT32, Some(Annotation::Date)),
        LogicalType::Time => (
            Physical::INT64,
            Some(Annotation::Time {
                is_adjusted_to_u_t_c: false,
                unit: TimeUnit::MICROS,
            }),
        ),
        LogicalType::Float => (Physical::DOUBLE, None),
        LogicalType::Boolean => (Physical::BOOLEAN, None),
    };
    let mut builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
    if let Some(Annotation::Decimal { precision, scale }) = annotation {
        builder = builder.with_precision(precision).with_scale(scale);
    }
    let built = builder.with_logical_type(annotation).build();
    built.expect("the annotation goes with the physical type")
}

fn group(
    name: &str,
    repetition: Repetition,
    annotation: Option<Annotation>,
    fields: Vec<TypePtr>,
) -> Type {
    let group = Type::group_type_builder(name)
        .with_repetition(repetition)
        .with_logical_type(annotation)
        .with_fields(fields);
    group.build().expect("a group of fields")
}
