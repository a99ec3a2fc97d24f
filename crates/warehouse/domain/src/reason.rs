//! Why a row is rejected.

use std::fmt;

/// What is wrong with a cell or a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A required field is empty or contains only white space.
    Empty,
    /// The value is not an integer.
    NotAnInteger,
    /// A number outside the bounds of its field.
    OutOfRange {
        /// The minimum.
        min: i32,
        /// The maximum.
        max: i32,
    },
    /// The value is not a string.
    NotAString,
    /// The value is not an ISO 8601 date-time with an offset.
    NotADateTime,
    /// The text exceeds the limit of its field.
    TooLong {
        /// The maximum number of characters.
        limit: u32,
    },
    /// A control character, which no text may contain.
    ControlCharacter,
    /// Invalid UTF-8.
    InvalidUtf8,
    /// A quote that is not closed on its line, or is followed by text.
    UnclosedQuote,
    /// There are too few or too many cells.
    ColumnCount {
        /// The number of fields in the table.
        expected: usize,
        /// The number of cells.
        found: usize,
    },
    /// The table has no such field.
    UnknownField,
    /// A row of a request that is neither an object nor an array.
    NotARow,
    /// The line is too long.
    LineTooLong {
        /// The maximum in bytes.
        limit: usize,
    },
    /// An earlier row of the same file or request has the same key.
    DuplicateInInput,
    /// A row of the table has the same key.
    DuplicateInTable,
    /// The referenced row of another table does not exist.
    MissingReference,
}

impl Reason {
    /// An identifier for statistics and programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotAnInteger => "not-an-integer",
            Self::OutOfRange { .. } => "out-of-range",
            Self::NotAString => "not-a-string",
            Self::NotADateTime => "not-a-date-time",
            Self::TooLong { .. } => "too-long",
            Self::ControlCharacter => "control-character",
            Self::InvalidUtf8 => "invalid-utf-8",
            Self::UnclosedQuote => "unclosed-quote",
            Self::ColumnCount { .. } => "column-count",
            Self::UnknownField => "unknown-field",
            Self::NotARow => "not-a-row",
            Self::LineTooLong { .. } => "line-too-long",
            Self::DuplicateInInput => "duplicate-in-input",
            Self::DuplicateInTable => "duplicate-in-table",
            Self::MissingReference => "missing-reference",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty, but the field is required"),
            Self::NotAnInteger => f.write_str("not an integer"),
            Self::OutOfRange { min, max } => write!(f, "out of range; expected {min} to {max}"),
            Self::NotAString => f.write_str("not a string"),
            Self::NotADateTime => {
                f.write_str("not an ISO date-time with an offset, such as 2021-07-27T16:02:08Z")
            }
            Self::TooLong { limit } => write!(f, "longer than {limit} characters"),
            Self::ControlCharacter => f.write_str("contains a control character"),
            Self::InvalidUtf8 => f.write_str("not valid UTF-8"),
            Self::UnclosedQuote => {
                f.write_str("a quote is not closed on its line, or is followed by text")
            }
            Self::ColumnCount { expected, found } => {
                write!(f, "got {found} columns, expected {expected}")
            }
            Self::UnknownField => f.write_str("the table has no such field"),
            Self::NotARow => f.write_str("not a row; expected an object or an array"),
            Self::LineTooLong { limit } => write!(f, "the line is longer than {limit} bytes"),
            Self::DuplicateInInput => f.write_str("an earlier row has the same key"),
            Self::DuplicateInTable => f.write_str("the table already has a row with this key"),
            Self::MissingReference => f.write_str("refers to a row that does not exist"),
        }
    }
}

/// One fault of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of the field; `None` if the row as a whole is at fault.
    pub column: Option<String>,
    /// The value, truncated after [`SHOWN`] characters.
    pub value: String,
    /// Why it is wrong.
    pub reason: Reason,
}

/// Maximum number of characters of a value in a fault.
pub const SHOWN: usize = 200;

impl Fault {
    /// A fault of a cell.
    pub fn of_cell(column: impl Into<String>, value: &str, reason: Reason) -> Self {
        Self {
            column: Some(column.into()),
            value: value.chars().take(SHOWN).collect(),
            reason,
        }
    }

    /// A fault of the row.
    pub fn of_row(reason: Reason) -> Self {
        Self {
            column: None,
            value: String::new(),
            reason,
        }
    }
}

/// A rejected row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Its line in the file, counted from 1, or its index in the request, from 0.
    pub row: u64,
    /// All of its faults, at least one.
    pub faults: Vec<Fault>,
    /// The original row, with invalid UTF-8 replaced, and truncated if it is long.
    pub original: String,
}
