//! Date-times.

use std::borrow::Cow;

use jiff::Timestamp;

/// A date-time in UTC, `2021-07-27T16:02:08Z`: borrowed if it already has this form, otherwise
/// converted. `None` if it is not an ISO 8601 date-time with an offset, or outside the years 1 to
/// 9999.
pub(crate) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    let bytes = text.as_bytes();
    if !has_date_and_time(bytes) || bytes.contains(&b'[') {
        return None;
    }
    let in_utc = bytes[10] == b'T' && bytes.ends_with(b"Z");
    if in_utc && bytes.len() == 20 {
        return is_calendar_time(bytes).then_some(Cow::Borrowed(text));
    }
    let moment: Timestamp = text.parse().ok()?;
    if !is_calendar_time(bytes) {
        return None;
    }
    if in_utc {
        return Some(Cow::Borrowed(text));
    }
    let moment = moment.to_string();
    // In UTC, a year below 1 or above 9999 is written with a sign or rejected by the parser.
    (moment.as_bytes()[0].is_ascii_digit() && !moment.starts_with("0000"))
        .then_some(Cow::Owned(moment))
}

/// `dddd-dd-ddTdd:dd:dd` and at least one more character.
fn has_date_and_time(text: &[u8]) -> bool {
    const PATTERN: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    text.len() > PATTERN.len()
        && PATTERN
            .iter()
            .zip(text)
            .all(|(wanted, found)| match wanted {
                b'd' => found.is_ascii_digit(),
                b'T' => matches!(found, b'T' | b't' | b' '),
                _ => found == wanted,
            })
}

/// Whether the day exists and the time is valid; leap seconds are not.
fn is_calendar_time(text: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| {
        text[range]
            .iter()
            .fold(0_u16, |number, digit| number * 10 + u16::from(digit - b'0'))
    };
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u16::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    year > 0
        && (1..=days).contains(&day)
        && number(11..13) < 24
        && number(14..16) < 60
        && number(17..19) < 60
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_moment_in_utc_is_kept_as_written_and_an_offset_is_converted() {
        for (text, kept) in [
            ("2021-07-27T16:02:08Z", "2021-07-27T16:02:08Z"),
            ("2021-07-27T16:02:08.120Z", "2021-07-27T16:02:08.120Z"),
            ("2021-07-27T16:02:08+02:00", "2021-07-27T14:02:08Z"),
            ("2021-07-27T16:02:08-0530", "2021-07-27T21:32:08Z"),
            ("2021-12-31T23:30:00-01:00", "2022-01-01T00:30:00Z"),
            ("2021-07-27 16:02:08.5+00:00", "2021-07-27T16:02:08.5Z"),
            ("2021-07-27t16:02:08z", "2021-07-27T16:02:08Z"),
            ("2020-02-29T00:00:00Z", "2020-02-29T00:00:00Z"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(kept), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_moment() {
        for text in [
            "",
            "2021",
            "2021-07-27",
            "27/07/2021",
            "2021-07-27T16:02:08",
            "2021-07-27T16:02Z",
            "2021-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2021-13-01T00:00:00Z",
            "2021-00-01T00:00:00Z",
            "2021-01-00T00:00:00Z",
            "2021-04-31T00:00:00Z",
            "2021-01-01T24:00:00Z",
            "2021-01-01T00:60:00Z",
            "2021-01-01T23:59:60Z",
            "2021-01-01T23:59:60+00:00",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+02:00",
            "9999-12-31T23:59:59-02:00",
            "2021-07-27T16:02:08+25:99",
            "2021-07-27T16:02:08Z ",
            "2021-07-27T16:02:08Zulu",
            "2021-07-27T16:02:08+02:00[Europe/Madrid]",
            "2021-07-27T16:02:08.Z",
            "+002021-07-27T16:02:08Z",
            "２０２１-07-27T16:02:08Z",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_moment_stays_the_same(second in -62_000_000_000_i64..253_000_000_000, offset in -1400_i32..1400) {
            let moment = Timestamp::from_second(second).unwrap();
            let zone = jiff::tz::Offset::from_seconds(offset * 60).unwrap();
            let written = moment.display_with_offset(zone).to_string();
            let kept = canonical(&written).unwrap().into_owned();
            prop_assert_eq!(kept, moment.to_string());
        }

        #[test]
        fn the_calendar_is_that_of_jiff(year in 1_i16..=9999, month in 0_i8..14, day in 0_i8..33) {
            let text = format!("{year:04}-{month:02}-{day:02}T12:00:00Z");
            prop_assert_eq!(canonical(&text).is_some(), jiff::civil::Date::new(year, month, day).is_ok());
        }
    }
}
