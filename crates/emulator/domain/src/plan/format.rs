//! The formats of records, and the compression of objects.

use super::Medium;
use crate::invalid::text_by_name;

/// The format of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Envelopes; an object is an array of them.
    Json,
    /// One envelope per line.
    Ndjson,
    /// RFC 4180; an object begins with a header.
    Csv,
    /// Apache Avro: single objects as messages, container files as objects.
    Avro,
    /// Protocol Buffers: one per message; in objects, each preceded by its length.
    Protobuf,
    /// Apache Parquet: columns, in objects only.
    Parquet,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 6] = [
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Avro,
        Self::Protobuf,
        Self::Parquet,
    ];

    /// The name used in `format_type` and as the extension of object names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Avro => "avro",
            Self::Protobuf => "protobuf",
            Self::Parquet => "parquet",
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            Self::Avro => "application/avro",
            Self::Protobuf => "application/protobuf",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Whether records are text, with separators between them.
    pub const fn is_text(self) -> bool {
        match self {
            Self::Json | Self::Ndjson | Self::Csv => true,
            Self::Avro | Self::Protobuf | Self::Parquet => false,
        }
    }

    /// Whether each record carries the names of its fields and the types of its values.
    pub const fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }

    /// How the contents of its objects may be compressed; the first is the default.
    pub const fn compressions(self) -> &'static [Compression] {
        use Compression::{Deflate, None, Snappy, Zstandard};
        match self {
            Self::Json | Self::Ndjson | Self::Csv | Self::Protobuf => &[None],
            Self::Avro => &[Zstandard, None, Deflate, Snappy],
            Self::Parquet => &[Zstandard, None, Snappy],
        }
    }

    /// Whether a medium can hold it: a columnar file is no message.
    pub const fn suits(self, medium: Medium) -> bool {
        !matches!((self, medium), (Self::Parquet, Medium::Messages))
    }
}

/// How the blocks of an object are compressed. Compressing messages is up to the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Deflate.
    Deflate,
    /// Snappy.
    Snappy,
    /// Zstandard.
    Zstandard,
}

impl Compression {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::None, Self::Deflate, Self::Snappy, Self::Zstandard];

    /// The name used in `compression`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Deflate => "deflate",
            Self::Snappy => "snappy",
            Self::Zstandard => "zstandard",
        }
    }
}

text_by_name!(Format, Compression);
