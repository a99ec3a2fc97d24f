//! `GET /domains`.

use emulator_domain::Domain;
use emulator_domain::plan::{Format, PlanError};
use emulator_domain::record::{Field, LogicalType, schema};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::words;

/// What can be emulated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Catalogue {
    domains: Vec<DomainEntry>,
}

/// A kind of data.
#[derive(Debug, Serialize, ToSchema)]
struct DomainEntry {
    /// As `emulation_domain` names it.
    #[schema(schema_with = words::domain, required)]
    name: &'static str,
    /// Topic, bucket or folder unless another is named.
    destination: &'static str,
    /// The field that keys a message and an object of its own.
    key: &'static str,
    /// The field that no two records of a run have in common.
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
    let schema = schema(domain);
    let fields = schema.fields();
    DomainEntry {
        name: domain.name(),
        destination: domain.destination(),
        key: &fields[schema.key()].name,
        id: &fields[schema.id()].name,
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
        kind: match (field.logical_type, field.nullable) {
            (LogicalType::Uuid, _) => "uuid",
            (LogicalType::Integer, _) => "integer",
            (LogicalType::Decimal { .. }, _) => "decimal",
            (LogicalType::Text, _) => "text",
            (LogicalType::Timestamp, false) => "time",
            (LogicalType::Timestamp, true) => "time or null",
            (LogicalType::Date, _) => "date",
            (LogicalType::Ipv4, _) => "ipv4",
            (LogicalType::Flag, _) => "flag",
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
    #[param(schema_with = words::seed, required = false)]
    seed: Option<String>,
    /// How records are written; `json` if absent.
    #[param(schema_with = words::format, required = false)]
    format: Option<String>,
}

impl SampleQuery {
    const COUNT: u64 = 1000;

    /// Count, seed and format.
    ///
    /// # Errors
    /// The parameter that is wrong.
    pub(crate) fn parsed(&self) -> Result<(u64, Option<u64>, Format), PlanError> {
        let count = self.count.as_deref();
        let format = self.format.as_deref();
        Ok((
            count.map_or(Ok(10), |count| words::up_to("count", count, Self::COUNT))?,
            self.seed.as_deref().map(seed).transpose()?,
            format.map_or(Ok(Format::Json), |format| {
                words::one_of("format", format, &Format::ALL)
            })?,
        ))
    }
}

fn seed(text: &str) -> Result<u64, PlanError> {
    text.parse().map_err(|_| PlanError {
        field: "seed",
        got: format!("{:?}", platform_http::excerpt(text)),
        allowed: format!("0..={}", u64::MAX),
    })
}
