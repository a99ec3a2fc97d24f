//! `GET /domains`.

use emulator_application::sample;
use emulator_domain::plan::Format;
use emulator_domain::record::{self, Field, LogicalType};
use emulator_domain::{Domain, Seed};
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
    name: &'static str,
    /// Topic, bucket or folder unless another is named.
    destination: &'static str,
    /// The field that keys a message.
    key: &'static str,
    /// The field that no two records of a run have in common; it names an object of one record.
    id: &'static str,
    /// In the order in which they are written.
    fields: Vec<FieldEntry>,
    /// The columns of `csv`: the envelope's, then the record's.
    csv_columns: Vec<&'static str>,
}

/// A field of a record.
#[derive(Debug, Serialize, ToSchema)]
struct FieldEntry {
    /// In JSON and in the CSV header.
    name: &'static str,
    /// `uuid`, `integer`, `decimal`, `text`, `time`, `time or null`, `date`, `ipv4`, `flag`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Unit, range and meaning.
    meaning: &'static str,
    /// As a record has it.
    example: serde_json::Value,
}

impl Catalogue {
    /// All domains; `example` gives the fields of one record.
    ///
    /// # Errors
    /// Those of `example`.
    pub(crate) fn new<E>(
        example: impl Fn(Domain) -> Result<serde_json::Value, E>,
    ) -> Result<Self, E> {
        let domains = Domain::ALL.map(|domain| {
            let example = example(domain)?;
            Ok(entry(domain, &example))
        });
        Ok(Self {
            domains: domains.into_iter().collect::<Result<_, E>>()?,
        })
    }
}

fn entry(domain: Domain, example: &serde_json::Value) -> DomainEntry {
    let schema = record::schema(domain);
    let fields = schema.fields();
    let name = |position: Option<usize>| position.map_or("", |position| &*fields[position].name);
    DomainEntry {
        name: domain.name(),
        destination: domain.destination(),
        key: name(schema.key()),
        id: name(schema.id()),
        fields: fields
            .iter()
            .map(|field| field_entry(field, example))
            .collect(),
        csv_columns: schema.columns().collect(),
    }
}

fn field_entry(field: &'static Field, example: &serde_json::Value) -> FieldEntry {
    FieldEntry {
        name: &field.name,
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
        meaning: &field.meaning,
        example: example[&*field.name].clone(),
    }
}

/// Which records are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SampleQuery {
    /// This many; 10 if absent.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000)]
    count: Option<String>,
    /// Equal seeds give equal data; drawn if absent.
    #[param(schema_with = schema::seed, required = false)]
    seed: Option<String>,
    /// How records are written; `json` if absent.
    #[param(schema_with = schema::format, required = false)]
    format: Option<String>,
}

/// What a [`SampleQuery`] asks for.
pub(crate) struct SampleParameters {
    pub(crate) count: u16,
    pub(crate) seed: Option<Seed>,
    pub(crate) format: Format,
}

impl SampleQuery {
    const COUNT: u16 = 10;

    /// # Errors
    /// The parameter that is wrong.
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
