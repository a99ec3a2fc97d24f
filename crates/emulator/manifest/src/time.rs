//! Points in time as RFC 3339.

use emulator_domain::{InvalidValue, Timestamp};

/// The allowed values.
pub const EXPECTED: &str = "a time in RFC 3339 from 1970-01-01T00:00:00Z to 9999-12-30T22:00:00Z, such as 2026-01-31T12:00:00Z";

/// In UTC, with a fraction down to microseconds if there is one: nothing in a plan may be rounded.
pub fn rfc3339(time: Timestamp) -> String {
    let (date, of_day) = (time.date(), time.micros_of_day());
    let (seconds, micros) = (of_day / 1_000_000, of_day % 1_000_000);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if micros == 0 {
        format!("{date}T{h:02}:{m:02}:{s:02}Z")
    } else {
        format!("{date}T{h:02}:{m:02}:{s:02}.{micros:06}Z")
    }
}

/// Reads a time with any offset, truncated to microseconds.
///
/// # Errors
/// If it is not a time in RFC 3339, or outside the years 1970 to 9999.
pub fn parse(text: &str) -> Result<Timestamp, InvalidValue> {
    let time = is_rfc3339(text)
        .then(|| text.parse::<jiff::Timestamp>().ok())
        .flatten();
    time.filter(|time| time.as_nanosecond() >= 0)
        .and_then(|time| Timestamp::from_micros(time.as_microsecond()))
        .ok_or_else(|| InvalidValue::text(text, EXPECTED))
}

/// Whether the text has the form of RFC 3339; jiff also accepts other forms of ISO 8601. Leap
/// seconds are rejected: jiff would take the second before, and a plan must be exactly what was
/// requested.
fn is_rfc3339(text: &str) -> bool {
    let shape = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text.iter().zip(shape).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'+' => matches!(byte, b'+' | b'-'),
                other => byte.eq_ignore_ascii_case(other),
            })
    };
    let text = text.as_bytes();
    let Some((second, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let digits = match rest {
        [b'.', fraction @ ..] => fraction
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count(),
        _ => 0,
    };
    let offset = match (rest, digits) {
        ([b'.', ..], 0) => return false,
        (_, 0) => rest,
        _ => &rest[digits + 1..],
    };
    shape(second, b"0000-00-00T00:00:00")
        && second[17] < b'6'
        && (shape(offset, b"Z") || shape(offset, b"+00:00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_is_read_and_utc_is_written() {
        for (text, utc) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            ("2026-01-01t01:30:00.5+01:30", "2026-01-01T00:00:00.500000Z"),
            (
                "2026-01-01T00:00:00.123456789z",
                "2026-01-01T00:00:00.123456Z",
            ),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("9999-12-30T22:00:00Z", "9999-12-30T22:00:00Z"),
        ] {
            assert_eq!(rfc3339(parse(text).unwrap()), utc);
        }
        assert_eq!(rfc3339(Timestamp::LATEST), "9999-12-31T23:59:59.999999Z");
    }

    #[test]
    fn other_texts_and_other_years_are_refused() {
        for text in [
            "",
            "now",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+01",
            "2026-13-01T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.5+00:00",
            "2026-01-01T00:00:00Z[UTC]",
            "1969-12-31T23:59:59.9999999Z",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
            "+10000-01-01T00:00:00Z",
            "2026-01-01T00:00:0\u{660}Z",
        ] {
            assert_eq!(parse(text).unwrap_err().expected(), EXPECTED, "{text}");
        }
    }
}
