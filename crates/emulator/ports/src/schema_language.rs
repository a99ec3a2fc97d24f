//! The languages in which schemas are told.

use emulator_domain::InvalidValue;

/// A language that says what the fields of records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaLanguage {
    /// A schema of Apache Avro, as messages and files have it.
    Avro,
    /// A `.proto` file.
    Proto,
    /// JSON Schema of the envelopes of `json` and `ndjson`.
    JsonSchema,
    /// `CREATE TABLE` for PostgreSQL, with the columns of `csv`.
    Sql,
    /// Arrow's schema, in its JSON form.
    Arrow,
}

impl SchemaLanguage {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Avro,
        Self::Proto,
        Self::JsonSchema,
        Self::Sql,
        Self::Arrow,
    ];

    /// As requests name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avro => "avro",
            Self::Proto => "proto",
            Self::JsonSchema => "json-schema",
            Self::Sql => "sql",
            Self::Arrow => "arrow",
        }
    }

    /// What an HTTP client is told.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Avro | Self::Arrow => "application/json",
            Self::JsonSchema => "application/schema+json",
            Self::Proto | Self::Sql => "text/plain; charset=utf-8",
        }
    }
}

/// Ignores case.
impl std::str::FromStr for SchemaLanguage {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        InvalidValue::one_of(text, &Self::ALL, Self::name)
    }
}
