//! Infers the kind of a value from its text.

use crate::Cell;
use crate::number::Number;

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Integer,
    Decimal,
    Boolean,
    Date,
    Timestamp,
    Uuid,
    Text,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Integer,
        Self::Decimal,
        Self::Boolean,
        Self::Date,
        Self::Timestamp,
        Self::Uuid,
        Self::Text,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Uuid => "uuid",
            Self::Text => "text",
        }
    }

    /// The kind of a column that contains both.
    pub(crate) fn with(self, other: Self) -> Self {
        match (self.min(other), self.max(other)) {
            (one, same) if one == same => one,
            (Self::Integer, Self::Decimal) => Self::Decimal,
            (Self::Date, Self::Timestamp) => Self::Timestamp,
            _ => Self::Text,
        }
    }

    /// The kind of a value, and its number if it is one; `None` if it is missing.
    pub(crate) fn of(cell: Cell<'_>) -> Option<(Self, Option<Number>)> {
        let (text, bare) = match cell {
            Cell::Missing => return None,
            Cell::Bare(text) => (text, true),
            Cell::Text(text) => (text, false),
        };
        let bytes = text.as_bytes();
        if bare
            && bytes
                .first()
                .is_some_and(|b| b.is_ascii_digit() || b"+-.".contains(b))
        {
            let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
            let whole = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
            // A number with a leading 0 is a code, such as a postal code.
            let code = whole && digits.len() > 1 && digits[0] == b'0';
            if !code
                && let Ok(float) = text.parse::<f64>()
                && float.is_finite()
            {
                return Some(match whole {
                    true => (Self::Integer, Some(Number::integer(text, float))),
                    false => (Self::Decimal, Some(Number::decimal(float))),
                });
            }
        }
        let kind = match bytes.len() {
            4 | 5 if bare && is_boolean(text) => Self::Boolean,
            10 if is_date(bytes) => Self::Date,
            19.. if is_timestamp(bytes) => Self::Timestamp,
            36 if is_uuid(bytes) => Self::Uuid,
            _ => Self::Text,
        };
        Some((kind, None))
    }
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// Whether the bytes match the pattern, in which `0` stands for any digit.
fn fits(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.len() == pattern.len()
        && bytes
            .iter()
            .zip(pattern)
            .all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                wanted => byte == wanted,
            })
}

fn is_date(bytes: &[u8]) -> bool {
    let number = |tens: u8, ones: u8| (tens - b'0') * 10 + ones - b'0';
    fits(bytes, b"0000-00-00")
        && (1..=12).contains(&number(bytes[5], bytes[6]))
        && (1..=31).contains(&number(bytes[8], bytes[9]))
}

/// `2026-01-31T23:59:59`, with a space allowed for the `T`, and optional fraction and offset.
fn is_timestamp(bytes: &[u8]) -> bool {
    let (date, time) = bytes.split_at(10);
    let rest = time.get(9..).unwrap_or_default();
    is_date(date)
        && matches!(time[0], b'T' | b' ')
        && fits(&time[1..9], b"00:00:00")
        && rest.len() <= 16
        && rest
            .iter()
            .all(|byte| byte.is_ascii_digit() || b".Z+-:".contains(byte))
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_value_tells_what_it_is() {
        use Kind::*;
        for (text, expected) in [
            ("0", Integer),
            ("-17", Integer),
            ("123456789012345678901234567890", Integer),
            ("1.5", Decimal),
            ("-.5", Decimal),
            ("1e3", Decimal),
            ("+3.0", Decimal),
            ("007", Text),
            ("-", Text),
            ("1.2.3", Text),
            ("inf", Text),
            ("1e999", Text),
            ("True", Boolean),
            ("false", Boolean),
            ("yes", Text),
            ("2026-02-28", Date),
            ("2026-13-01", Text),
            ("2026-02-28T01:02:03.004Z", Timestamp),
            ("2026-02-28 01:02:03", Timestamp),
            ("2026-02-28T01:02:03 or so", Text),
            ("7ad33a6a-8d21-431b-979d-ea68cce1b4d7", Uuid),
            ("7ad33a6a-8d21-431b-979d-ea68cce1b4dx", Text),
            ("ä", Text),
        ] {
            let (kind, _) = Kind::of(Cell::Bare(text)).unwrap();
            assert_eq!(kind, expected, "{text}");
        }
        assert_eq!(Kind::of(Cell::Text("17")), Some((Text, None)));
        assert_eq!(Kind::of(Cell::Missing), None);
        assert_eq!(Integer.with(Decimal), Decimal);
        assert_eq!(Timestamp.with(Date), Timestamp);
        assert_eq!(Uuid.with(Integer), Text);
    }
}
