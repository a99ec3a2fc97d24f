//! Points in time and calendar dates, without a clock.

use std::fmt;

const MICROS: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, from year 1970 to year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EARLIEST: Self = Self(0);
    /// 9999-12-31T23:59:59.999999Z, the last moment with a four-digit year.
    pub const LATEST: Self = Self(253_402_300_799_999_999);

    /// From microseconds since 1970; `None` outside the years 1970 to 9999.
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if micros < Self::EARLIEST.0 || micros > Self::LATEST.0 {
            return None;
        }
        Some(Self(micros))
    }

    /// Microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970, rounded down.
    pub const fn millis(self) -> i64 {
        self.0 / 1000
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0 / MICROS
    }

    /// Seconds since 1970 with their fraction.
    pub fn seconds_f64(self) -> f64 {
        self.0 as f64 / MICROS as f64
    }

    /// Seconds from `earlier` to this moment, negative if `earlier` is later.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / MICROS as f64
    }

    /// This moment moved by `micros`, clamped to the years 1970 to 9999.
    pub const fn moved(self, micros: i64) -> Self {
        let moved = self.0.saturating_add(micros);
        if moved < Self::EARLIEST.0 {
            Self::EARLIEST
        } else if moved > Self::LATEST.0 {
            Self::LATEST
        } else {
            Self(moved)
        }
    }

    /// The calendar date in UTC.
    pub const fn date(self) -> Date {
        Date::from_days((self.0 / MICROS / DAY_SECONDS) as i32)
    }

    /// Microseconds since midnight UTC.
    pub const fn micros_of_day(self) -> i64 {
        self.0 % (DAY_SECONDS * MICROS)
    }

    /// The next midnight in UTC, or [`LATEST`](Self::LATEST) if there is none.
    pub const fn next_day(self) -> Self {
        self.moved(DAY_SECONDS * MICROS - self.micros_of_day())
    }
}

/// RFC 3339 in UTC with milliseconds, as in records: `2026-01-01T00:00:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.micros_of_day() / 1000;
        let (s, ms) = (ms / 1000, ms % 1000);
        write!(
            f,
            "{}T{:02}:{:02}:{:02}.{ms:03}Z",
            self.date(),
            s / 3600,
            s / 60 % 60,
            s % 60
        )
    }
}

/// A calendar date of the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The date `days` after 1970-01-01 (before it, if negative).
    ///
    /// Howard Hinnant's `civil_from_days`
    /// (<https://howardhinnant.github.io/date_algorithms.html>), in unsigned arithmetic from
    /// 0000-03-01.
    pub const fn from_days(days: i32) -> Self {
        let z = (days + 719_468) as u32;
        let era = z / 146_097;
        let day_of_era = z % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + (month <= 2) as u32;
        Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
        }
    }

    /// Days since 1970-01-01, negative before it: Hinnant's `days_from_civil`.
    pub const fn days(self) -> i32 {
        let (month, day) = (self.month as i32, self.day as i32);
        let year = self.year as i32 - (month <= 2) as i32;
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// A date of the years 0 to 9999 written as `2026-01-31`; `None` for other texts.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let digits = |range: std::ops::Range<usize>| {
            let digits = bytes.get(range)?;
            let digit = |sum: Option<i32>, byte: &u8| {
                let digit = char::from(*byte).to_digit(10)?;
                Some(sum? * 10 + digit as i32)
            };
            digits.iter().fold(Some(0), digit)
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
        let date = Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
        };
        // A day that does not exist would be converted to another date.
        ((1..=12).contains(&month) && day >= 1 && Self::from_days(date.days()) == date)
            .then_some(date)
    }

    /// Four-digit year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// 1..=12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// 1..=31.
    pub const fn day(self) -> u8 {
        self.day
    }
}

/// `2026-01-31`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(feature = "serde")]
mod wire {
    use serde::{Serialize, Serializer};

    impl Serialize for super::Timestamp {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }

    impl Serialize for super::Date {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_at_the_calendars_corners() {
        for (days, text) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (20_454, "2026-01-01"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
            (2_932_896, "9999-12-31"),
            (-25_509, "1900-02-28"),
            (-25_508, "1900-03-01"),
        ] {
            assert_eq!(Date::from_days(days).to_string(), text);
            assert_eq!(Date::from_days(days).days(), days);
            assert_eq!(Date::parse(text), Some(Date::from_days(days)));
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "26-01-01",
            "2026/01/01",
            "2026-01/01",
            "2026/01-01",
            "0000-00-00",
            "2026-01-01x",
            "2026-1é-01",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_reads_as_rfc_3339() {
        let time = Timestamp::from_micros(1_767_225_600_123_456).unwrap();
        assert_eq!(time.to_string(), "2026-01-01T00:00:00.123Z");
        assert_eq!(Timestamp::LATEST.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(time.millis(), 1_767_225_600_123);
        assert_eq!(Timestamp::from_micros(0), Some(Timestamp::EARLIEST));
        assert_eq!(
            Timestamp::from_micros(Timestamp::LATEST.0),
            Some(Timestamp::LATEST)
        );
        assert_eq!(Timestamp::from_micros(-1), None);
        assert_eq!(Timestamp::from_micros(Timestamp::LATEST.0 + 1), None);
    }

    #[test]
    fn moving_stays_within_the_calendar() {
        assert_eq!(Timestamp::EARLIEST.moved(-1), Timestamp::EARLIEST);
        assert_eq!(Timestamp::LATEST.moved(i64::MAX), Timestamp::LATEST);
    }
}
