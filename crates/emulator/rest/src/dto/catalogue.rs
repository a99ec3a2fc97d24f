//! `GET /domains`.

use std::sync::Arc;

use emulator_application::sample;
use emulator_domain::plan::Format;
use emulator_domain::record::{Envelope, Field, LogicalType, Stream};
use emulator_domain::{Dataset, Seed};
use emulator_manifest::schema;
use emulator_ports::SchemaLanguage;
use platform_http::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::Object;
use utoipa::{IntoParams, ToSchema};

use super::words::{parameter, up_to};

/// What can be emulated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Catalogue {
    domains: Vec<DomainEntry>,
}

/// A kind of data.
#[derive(Debug, Serialize, ToSchema)]
struct DomainEntry {
    /// As `emulation_domain` names it.
    #[schema(schema_with = schema::domain, required)]
    name: String,
    /// Topic, bucket or folder unless another is named.
    destination: String,
    /// The field that keys a message; empty if none does.
    key: String,
    /// The field, or the fields with commas between, that no two records of a run have in common;
    /// they name an object of one record. Empty if there are none.
    id: String,
    /// In the order in which they are written.
    fields: Vec<FieldEntry>,
    /// The columns of `csv`: the envelope's, then the record's.
    csv_columns: Vec<String>,
}

/// A field of a record.
#[derive(Debug, Serialize, ToSchema)]
struct FieldEntry {
    /// In JSON and in the CSV header.
    name: String,
    /// `uuid`, `integer`, `decimal`, `text`, `time`, `time or null`, `date`, `ipv4`, `flag`; of streams
    /// also `long`, `float`, `boolean`, `time of day`, `enum`, `struct`, `array`, `map`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Unit, range and meaning.
    meaning: String,
    /// As a record has it.
    example: serde_json::Value,
}

impl Catalogue {
    /// The built-in domains and these streams; `example` returns the fields of one record.
    ///
    /// # Errors
    /// Those of `example`.
    pub(crate) fn new<E>(
        streams: &[Arc<dyn Stream>],
        example: impl Fn(&Dataset) -> Result<serde_json::Value, E>,
    ) -> Result<Self, E> {
        let domains = Dataset::all(streams).map(|dataset| {
            let example = example(&dataset)?;
            Ok(entry(&dataset, &example))
        });
        Ok(Self {
            domains: domains.collect::<Result<_, E>>()?,
        })
    }
}

fn entry(dataset: &Dataset, example: &serde_json::Value) -> DomainEntry {
    let schema = dataset.schema();
    let fields = schema.fields();
    let name = |position: Option<usize>| position.map_or("", |position| &*fields[position].name);
    DomainEntry {
        name: dataset.to_string(),
        destination: dataset.destination(),
        key: name(schema.key()).to_owned(),
        id: match dataset.stream() {
            Some(stream) => stream.id_fields().join(","),
            None => name(schema.id()).to_owned(),
        },
        fields: fields
            .iter()
            .map(|field| field_entry(field, example))
            .collect(),
        csv_columns: columns(dataset),
    }
}

/// The columns: those of the envelope, if there is one, then those of the fields. Each field of a
/// struct has its own column.
fn columns(dataset: &Dataset) -> Vec<String> {
    fn add(fields: &[Field], before: &str, columns: &mut Vec<String>) {
        for field in fields {
            let name = format!("{before}{}", field.name);
            match &field.logical_type {
                LogicalType::Struct(fields) => add(fields, &format!("{name}."), columns),
                _ => columns.push(name),
            }
        }
    }
    let mut columns = Vec::new();
    let stream = dataset.stream();
    if stream.is_none_or(|stream| stream.envelope() == Envelope::Emulation) {
        columns.extend(["emulation_id".to_owned(), "event_timestamp".to_owned()]);
    }
    add(dataset.schema().fields(), "", &mut columns);
    columns
}

fn field_entry(field: &Field, example: &serde_json::Value) -> FieldEntry {
    FieldEntry {
        name: field.name.to_string(),
        kind: match (&field.logical_type, field.nullable) {
            (LogicalType::Uuid, _) => "uuid",
            (LogicalType::Integer, _) => "integer",
            (LogicalType::Decimal { .. }, _) => "decimal",
            (LogicalType::Text, _) => "text",
            (LogicalType::Timestamp, false) => "time",
            (LogicalType::Timestamp, true) => "time or null",
            (LogicalType::Date, _) => "date",
            (LogicalType::Ipv4, _) => "ipv4",
            (LogicalType::Flag, _) => "flag",
            (LogicalType::Long, _) => "long",
            (LogicalType::Float, _) => "float",
            (LogicalType::Boolean, _) => "boolean",
            (LogicalType::Time, _) => "time of day",
            (LogicalType::Enum(_), _) => "enum",
            (LogicalType::Struct(_), _) => "struct",
            (LogicalType::Array(_), _) => "array",
            (LogicalType::Map(_), _) => "map",
        },
        meaning: field.meaning.to_string(),
        example: example[&*field.name].clone(),
    }
}

/// Which records are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SampleQuery {
    /// Number of records; 10 if absent.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000)]
    count: Option<String>,
    /// Equal seeds give equal data; drawn if absent.
    #[param(schema_with = schema::seed, required = false)]
    seed: Option<String>,
    /// How records are written; `json` if absent.
    #[param(schema_with = schema::format, required = false)]
    format: Option<String>,
}

/// The parsed [`SampleQuery`].
pub(crate) struct SampleParameters {
    pub(crate) count: u16,
    pub(crate) seed: Option<Seed>,
    pub(crate) format: Format,
}

impl SampleQuery {
    const COUNT: u16 = 10;

    /// # Errors
    /// The invalid parameter.
    pub(crate) fn parse(&self) -> Result<SampleParameters, ApiError> {
        let count = parameter("count", self.count.as_ref(), |text| {
            up_to(text, sample::MOST)
        })?;
        let format = parameter("format", self.format.as_ref(), str::parse)?;
        Ok(SampleParameters {
            count: count.unwrap_or(Self::COUNT),
            seed: parameter("seed", self.seed.as_ref(), str::parse)?,
            format: format.unwrap_or(Format::Json),
        })
    }
}

/// In which language a schema is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SchemaQuery {
    /// The language; `avro` if absent.
    #[serde(rename = "as")]
    #[param(schema_with = language, required = false)]
    language: Option<String>,
}

impl SchemaQuery {
    /// # Errors
    /// If there is no such language.
    pub(crate) fn parse(&self) -> Result<SchemaLanguage, ApiError> {
        let language = parameter("as", self.language.as_ref(), str::parse)?;
        Ok(language.unwrap_or(SchemaLanguage::Avro))
    }
}

fn language() -> Object {
    schema::words(
        &SchemaLanguage::ALL,
        SchemaLanguage::name,
        "The language of the schema.",
    )
}
