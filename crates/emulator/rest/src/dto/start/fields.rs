//! Reads the fields of a request, so that a value of another type is answered with what is allowed.

use std::fmt;

use emulator_domain::plan::{Format, Guarantee, Pace, PlanDraft, Sink};
use emulator_domain::{Domain, Rate};
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::dto::time;
use crate::dto::words::{SYNC_TYPES, joined};

/// What a field may be, in the domain's words.
#[derive(Clone, Copy)]
pub(super) struct Allowed(fn() -> String);

macro_rules! fields {
    ($($name:ident: $reader:ident -> $type:ty, $allowed:expr;)*) => {
        impl Allowed {
            pub(crate) fn of(field: &str) -> String {
                match field {
                    $(stringify!($name) => $allowed,)*
                    _ => unreachable!("{field} is no field of a request"),
                }
            }
        }

        /// A reader for each field; null is as good as absent.
        pub(super) mod is {
            use super::*;
            $(
                pub(crate) fn $name<'de, D: Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Option<$type>, D::Error> {
                    deserializer.deserialize_any($reader(Allowed(|| $allowed)))
                }
            )*
        }
    };
}

fields! {
    emulator_sync: Text -> String, joined(Sink::REQUESTABLE);
    emulation_domain: Text -> String, joined(&Domain::ALL);
    format_type: Text -> String, joined(&Format::ALL);
    sync_type: Text -> String, joined(&SYNC_TYPES);
    max_chunk_size: Whole -> i128, format!("1..={} bytes", PlanDraft::MAX_CHUNK_SIZE);
    timeout: Whole -> i128, format!("1..={} seconds", PlanDraft::MAX_TIMEOUT);
    seed: Whole -> i128, format!("0..={}", u64::MAX);
    count: Whole -> i128, format!("1..={} records", PlanDraft::MAX_COUNT);
    rate: Number -> f64, format!("{}..={} records a second", Rate::SLOWEST.get(), Rate::FASTEST.get());
    pace: Text -> String, joined(&Pace::ALL);
    start_time: Text -> String, time::ALLOWED.to_owned();
    workers: Whole -> i128, format!("1..={} threads", PlanDraft::MAX_WORKERS);
    destination: Text -> String, "the name of a topic, bucket or folder".to_owned();
    delivery: Text -> String, joined(&Guarantee::ALL);
}

struct Text(Allowed);

impl Visitor<'_> for Text {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&(self.0.0)())
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// JSON knows one kind of number: 10.0 is whole, 10.5 is not.
struct Whole(Allowed);

impl Visitor<'_> for Whole {
    type Value = Option<i128>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number, {}", (self.0.0)())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        if value.fract() == 0.0 && value.abs() < 1e38 {
            return Ok(Some(value as i128));
        }
        Err(E::invalid_value(Unexpected::Float(value), &self))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

struct Number(Allowed);

impl Visitor<'_> for Number {
    type Value = Option<f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&(self.0.0)())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}
