//! A row of a source, and the event that carries it: a JSON object of column names and values.

mod decode;

use std::fmt::Write;

use crate::source::{Kind, Source};

/// Maximum size of a row's event in bytes; the largest real one has less than 2 KiB.
pub const MAX_EVENT: usize = 64 * 1024;

/// The value of a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// An integer.
    Integer(i64),
    /// A finite number.
    Real(f64),
}

impl Value {
    /// The value converted to this kind, if possible: an integer may be written as `3.0`, and a
    /// real number as `3`.
    pub fn of_kind(self, kind: Kind) -> Option<Self> {
        match (self, kind) {
            (Self::Null, _) | (Self::Integer(_), Kind::Integer) => Some(self),
            (Self::Real(real), Kind::Real) => real.is_finite().then_some(self),
            (Self::Real(real), Kind::Integer) => whole(real).map(Self::Integer),
            (Self::Integer(whole), Kind::Real) => Some(Self::Real(whole as f64)),
        }
    }
}

/// The integer that a float represents, if it is unambiguous: beyond 2^53 a float represents
/// several.
fn whole(real: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (real.fract() == 0.0 && real.abs() <= EXACT).then_some(real as i64)
}

/// A row of a source's table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    id: i64,
    values: Box<[Value]>,
}

/// A value does not fit its column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_} has {expected} features of its own kinds, and {got} values do not fit them")]
pub struct WrongRow {
    source_: Source,
    expected: usize,
    got: usize,
}

/// Why an event has no valid row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No bytes.
    #[error("the event is empty")]
    Empty,
    /// More than [`MAX_EVENT`].
    #[error("the event has {0} bytes; expected at most {MAX_EVENT}")]
    TooLarge(usize),
    /// It is not JSON, or truncated.
    #[error("the event is not JSON: {0}")]
    NotJson(String),
    /// It is JSON, but not an object.
    #[error("the event is {0}; expected a JSON object")]
    NotAnObject(String),
    /// The column `id` is missing or null.
    #[error("the event has no id")]
    MissingId,
    /// The source has no such column.
    #[error("the event has a column {0}, which its table does not have")]
    UnknownColumn(String),
    /// The same column appears twice.
    #[error("the event has the column {0} more than once")]
    RepeatedColumn(String),
    /// A value is invalid for its column.
    #[error("{column} is {got}; expected {allowed}")]
    WrongValue {
        /// The column.
        column: String,
        /// The actual value.
        got: String,
        /// The allowed values.
        allowed: &'static str,
    },
}

impl Malformed {
    /// A short identifier of the reason.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge(_) => "too-large",
            Self::NotJson(_) => "not-json",
            Self::NotAnObject(_) => "not-an-object",
            Self::MissingId => "missing-id",
            Self::UnknownColumn(_) => "unknown-column",
            Self::RepeatedColumn(_) => "repeated-column",
            Self::WrongValue { .. } => "wrong-value",
        }
    }
}

impl Row {
    /// A row of `source` with one value per feature, in order.
    ///
    /// # Errors
    /// If there are more or fewer values than features, or one is of another kind.
    pub fn new(source: Source, id: i64, values: &[Value]) -> Result<Self, WrongRow> {
        let kinds = source.features();
        let wrong = || WrongRow {
            source_: source,
            expected: kinds.len(),
            got: values.len(),
        };
        if values.len() != kinds.len() {
            return Err(wrong());
        }
        let values: Option<Box<[Value]>> = values
            .iter()
            .zip(kinds)
            .map(|(value, kind)| value.of_kind(*kind))
            .collect();
        Ok(Self {
            id,
            values: values.ok_or_else(wrong)?,
        })
    }

    /// Parses the row in an event of `source`. A feature that is not named is null.
    ///
    /// # Errors
    /// If the event has no valid row.
    pub fn parse(source: Source, event: &[u8]) -> Result<Self, Malformed> {
        match event.len() {
            0 => Err(Malformed::Empty),
            size if size > MAX_EVENT => Err(Malformed::TooLarge(size)),
            _ => decode::decode_row(source, event),
        }
    }

    /// Primary key of the table.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// One value per feature, in order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The event that carries this row.
    pub fn encode(&self) -> String {
        let mut event = String::with_capacity(24 + 20 * self.values.len());
        let _ = write!(event, "{{\"id\": {}", self.id);
        for (index, value) in self.values.iter().enumerate() {
            let _ = write!(event, ", \"feature{}\": ", index + 1);
            let _ = match value {
                Value::Null => write!(event, "null"),
                Value::Integer(whole) => write!(event, "{whole}"),
                // With a decimal point even for an integral value.
                Value::Real(real) => write!(event, "{real:?}"),
            };
        }
        event.push('}');
        event
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_row(source: Source) -> impl Strategy<Value = Row> {
        let value = |kind| match kind {
            Kind::Integer => {
                prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::Integer)].boxed()
            }
            Kind::Real => prop_oneof![
                Just(Value::Null),
                any::<f64>()
                    .prop_filter("finite", |real| real.is_finite())
                    .prop_map(Value::Real)
            ]
            .boxed(),
        };
        let values: Vec<_> = source.features().iter().copied().map(value).collect();
        (any::<i64>(), values).prop_map(move |(id, values)| Row::new(source, id, &values).unwrap())
    }

    proptest! {
        #[test]
        fn a_row_comes_back_from_its_event(row in any_row(Source::Second)) {
            prop_assert_eq!(Row::parse(Source::Second, row.encode().as_bytes()), Ok(row));
        }

        #[test]
        fn no_bytes_make_it_panic(event in any::<Vec<u8>>()) {
            let _ = Row::parse(Source::First, &event);
        }
    }

    #[test]
    fn a_feature_that_is_not_named_is_null_and_numbers_fit_their_column() {
        let parse = |event: &str| Row::parse(Source::Second, event.as_bytes());
        let row =
            parse(r#"{"feature5": 3, "id": 7.0, "feature1": 4.0, "feature2": null}"#).unwrap();
        assert_eq!(row.id(), 7);
        let mut expected = [Value::Null; 9];
        expected[0] = Value::Integer(4);
        expected[4] = Value::Real(3.0);
        assert_eq!(row.values(), expected);
    }

    #[test]
    fn an_event_may_be_as_long_as_it_says_and_no_longer() {
        let mut event = r#"{"id": 1}"#.to_owned();
        event.push_str(&" ".repeat(MAX_EVENT - event.len()));
        let parse = |event: &str| Row::parse(Source::Second, event.as_bytes()).map(|row| row.id());
        assert_eq!(parse(&event), Ok(1));
        let longer = parse(&format!("{event} "));
        assert_eq!(longer, Err(Malformed::TooLarge(MAX_EVENT + 1)));
    }

    #[test]
    fn every_kind_of_damage_has_its_own_reason() {
        let huge = format!(r#"{{"id": 1, "feature1": "{}"}}"#, "x".repeat(MAX_EVENT));
        let deep = "[".repeat(10_000);
        for (event, reason) in [
            ("", "empty"),
            ("   ", "not-json"),
            ("hello", "not-json"),
            (r#"{"id": 1"#, "not-json"),
            (r#"{"id": 1} x"#, "not-json"),
            ("{\"id\": 1, \"feature1\": \u{1}}", "not-json"),
            (&deep, "not-an-object"),
            ("[1]", "not-an-object"),
            ("null", "not-an-object"),
            ("1", "not-an-object"),
            (r#""text""#, "not-an-object"),
            ("{}", "missing-id"),
            (r#"{"feature1": 1}"#, "missing-id"),
            (r#"{"id": null}"#, "missing-id"),
            (r#"{"id": "1"}"#, "wrong-value"),
            (r#"{"id": 1.5}"#, "wrong-value"),
            (r#"{"id": true}"#, "wrong-value"),
            (r#"{"id": [1]}"#, "wrong-value"),
            (r#"{"id": 9223372036854775808}"#, "wrong-value"),
            (r#"{"id": 1e30}"#, "wrong-value"),
            (r#"{"id": 1, "feature1": "1"}"#, "wrong-value"),
            (r#"{"id": 1, "feature1": 1.5}"#, "wrong-value"),
            (r#"{"id": 1, "feature5": {}}"#, "wrong-value"),
            (r#"{"id": 1, "feature5": [[1]]}"#, "wrong-value"),
            (r#"{"id": 1, "feature5": false}"#, "wrong-value"),
            (r#"{"id": 1, "feature10": 1}"#, "unknown-column"),
            (r#"{"id": 1, "colour": 1}"#, "unknown-column"),
            (r#"{"id": 1, "id": 2}"#, "repeated-column"),
            (
                r#"{"id": 1, "feature9": 1, "feature9": 1}"#,
                "repeated-column",
            ),
            (&huge, "too-large"),
        ] {
            let got = Row::parse(Source::Second, event.as_bytes());
            let got = got.map_err(|malformed| malformed.reason());
            assert_eq!(got, Err(reason), "{}", &event[..event.len().min(60)]);
        }
    }

    #[test]
    fn the_reason_names_the_column_what_came_and_what_is_allowed() {
        let message_of = |event: &str| {
            Row::parse(Source::First, event.as_bytes())
                .unwrap_err()
                .to_string()
        };
        for (value, got) in [
            (r#""17""#, r#"the text "17""#),
            ("true", "true"),
            ("[[1]]", "a list"),
            (r#"{"a": {}}"#, "an object"),
            ("9223372036854775808", "9223372036854775808"),
            ("-0.5", "-0.5"),
        ] {
            let allowed = "expected a whole number of 64 bits";
            let message = message_of(&format!(r#"{{"id": {value}}}"#));
            assert_eq!(message, format!("id is {got}; {allowed}"));
            let message = message_of(&format!(r#"{{"feature3": {value}}}"#));
            assert_eq!(message, format!("feature3 is {got}; {allowed} or null"));
        }
        for (event, got) in [
            ("true", "true or false"),
            ("-1", "a number"),
            ("1", "a number"),
            ("0.5", "a number"),
            (r#""x""#, "a text"),
            ("null", "null"),
            ("[[1], 2]", "a list"),
        ] {
            let message = message_of(event);
            assert!(message.contains(got), "{message}");
        }
        let long = format!(r#"{{"id": "{}"}}"#, "x".repeat(5000));
        assert!(message_of(&long).len() < 200);
    }
}
