//! Numbers of a table.

use serde::{Serialize, Serializer};

/// Up to this, a float holds every integer.
const EXACT: f64 = (1_u64 << 53) as f64;

/// A number. An integer of up to 38 digits keeps all of them.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Number {
    /// The number, or the float next to it.
    pub(crate) float: f64,
    /// An integer that may differ from its float.
    integer: Option<i128>,
}

impl Number {
    /// A number that is no integer, or is not written as one.
    pub(crate) const fn decimal(float: f64) -> Self {
        Self {
            float,
            integer: None,
        }
    }

    /// The integer whose digits are `text`.
    pub(crate) fn integer(text: &str, float: f64) -> Self {
        let is_large = float.abs() >= EXACT;
        Self {
            float,
            integer: is_large.then(|| text.parse().ok()).flatten(),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.integer {
            Some(integer) => serializer.serialize_i128(integer),
            None => serializer.serialize_f64(self.float),
        }
    }
}
