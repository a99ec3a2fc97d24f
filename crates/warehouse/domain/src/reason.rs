//! Why a row is rejected.

use std::fmt;

/// What is wrong with a cell or a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A required field holds nothing, or white space only.
    Empty,
    /// A number was expected.
    NotAnInteger,
    /// A number beyond the limits of its field.
    OutOfRange {
        /// The smallest allowed.
        min: i32,
        /// The largest allowed.
        max: i32,
    },
    /// A text was expected.
    NotAString,
    /// No ISO 8601 date-time with an offset.
    NotADateTime,
    /// More characters than its field allows.
    TooLong {
        /// How many are allowed.
        limit: u32,
    },
    /// A character that no text may hold.
    ControlCharacter,
    /// Bytes that are no text.
    InvalidUtf8,
    /// A quote that is not closed on its line, or is followed by text.
    UnclosedQuote,
    /// Cells are missing, or there are too many.
    ColumnCount {
        /// How many fields the table has.
        expected: usize,
        /// How many cells there were.
        found: usize,
    },
    /// A field that the table does not have.
    UnknownField,
    /// A row of a request that is neither an object nor an array.
    NotARow,
    /// A line that is longer than any may be.
    LineTooLong {
        /// The most bytes.
        limit: usize,
    },
    /// An earlier row of the same file or request has the key.
    DuplicateInInput,
    /// A row of the table has the key.
    DuplicateInTable,
    /// The row of another table that is referred to is not there.
    MissingReference,
}

impl Reason {
    /// A word for counting and for programs.
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

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of the field; `None` if it is the row as a whole.
    pub column: Option<String>,
    /// What stood there, cut after [`SHOWN`] characters.
    pub value: String,
    /// Why it is wrong.
    pub reason: Reason,
}

/// The most characters of a value that a fault shows.
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

/// A row that was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Its number: the line of the file, counted from 1, or the place in the request, from 0.
    pub row: u64,
    /// All that is wrong with it, at least one thing.
    pub faults: Vec<Fault>,
    /// The row as it was; bytes that are no UTF-8 are replaced, a long one is cut.
    pub original: String,
}
