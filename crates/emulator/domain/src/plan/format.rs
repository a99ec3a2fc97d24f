//! How records are written, and how what is written is compressed.

use super::Medium;
use crate::invalid::text_by_name;

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Envelopes; an object holds an array of them.
    Json,
    /// An envelope a line.
    Ndjson,
    /// RFC 4180; an object begins with a header.
    Csv,
    /// Apache Avro: single objects as messages, container files as objects.
    Avro,
    /// Protocol Buffers: a message each, in objects after its length.
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

    /// As `format_type` names it, and the ending of object names.
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

    /// What an HTTP client or an object store is told.
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

    /// Whether each record says itself what its fields are called and of what type its values are.
    pub const fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }

    /// How the inside of its objects may be compressed; the first is the default.
    pub const fn compressions(self) -> &'static [Compression] {
        use Compression::{Deflate, None, Snappy, Zstandard};
        match self {
            Self::Json | Self::Ndjson | Self::Csv | Self::Protobuf => &[None],
            Self::Avro => &[Zstandard, None, Deflate, Snappy],
            Self::Parquet => &[Zstandard, None, Snappy],
        }
    }

    /// Whether a sink can take it: a file of columns is no message.
    pub const fn suits(self, medium: Medium) -> bool {
        !matches!((self, medium), (Self::Parquet, Medium::Messages))
    }
}

/// How the blocks of an object are compressed. Messages are left to the destination.
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

    /// As `compression` names it.
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
