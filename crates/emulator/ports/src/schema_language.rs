//! The languages in which schemas are given.

use emulator_domain::InvalidValue;

/// A language that describes the fields of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaLanguage {
    /// An Apache Avro schema, as used in messages and files.
    Avro,
    /// A `.proto` file.
    Proto,
    /// JSON Schema of the `json` and `ndjson` envelopes.
    JsonSchema,
    /// `CREATE TABLE` for PostgreSQL, with the columns of `csv`.
    Sql,
    /// The Arrow schema in its JSON form.
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

    /// The name used in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avro => "avro",
            Self::Proto => "proto",
            Self::JsonSchema => "json-schema",
            Self::Sql => "sql",
            Self::Arrow => "arrow",
        }
    }

    /// The `Content-Type` of the schema.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Avro | Self::Arrow => "application/json",
            Self::JsonSchema => "application/schema+json",
            Self::Proto | Self::Sql => "text/plain; charset=utf-8",
        }
    }
}

/// Case-insensitive.
impl std::str::FromStr for SchemaLanguage {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        InvalidValue::one_of(text, &Self::ALL, Self::name)
    }
}
