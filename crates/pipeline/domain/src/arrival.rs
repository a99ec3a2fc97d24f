//! The topics on which an id has arrived.
//!
//! An id has arrived once there is an event with a valid row, as
//! [`Row::parse`](crate::row::Row::parse) decides for the lander and the acknowledger alike. An
//! event with an invalid feature is a dead letter, and its id has not arrived. What the database
//! then does with a row does not matter: a duplicate has arrived, and so has a row that a
//! constraint refuses.
//!
//! The set only grows: the same events give the same set, in whatever order and however often they
//! are read. Acknowledging exactly once relies on that.

use crate::source::Source;

/// The sources on which an id was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seen(u8);

impl Seen {
    /// The empty set.
    pub const NONE: Self = Self(0);

    const ALL_BITS: u8 = (1 << Source::ALL.len()) - 1;

    /// The set with this source added.
    #[must_use]
    pub const fn and(self, source: Source) -> Self {
        Self(self.0 | 1 << source.index())
    }

    /// Whether it was seen on every topic.
    pub const fn is_complete(self) -> bool {
        self.0 == Self::ALL_BITS
    }

    /// As stored in a file.
    pub const fn to_bits(self) -> u8 {
        self.0
    }

    /// Parses the stored form; `None` if the bits are not a valid set.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !Self::ALL_BITS == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }
}

/// The payload of the event that acknowledges an id.
pub fn encode_acknowledgement(id: i64) -> String {
    format!("{{\"id\": \"{id}\"}}")
}

/// The id that an acknowledgement names.
pub fn parse_acknowledgement(payload: &[u8]) -> Option<i64> {
    #[derive(serde::Deserialize)]
    struct Ack<'a> {
        id: &'a str,
    }
    let ack: Ack<'_> = serde_json::from_slice(payload).ok()?;
    ack.id.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_complete_on_all_topics_in_any_order_and_repeats_change_nothing() {
        use Source::{First, Second, Third};
        for order in [
            [First, Second, Third],
            [Third, First, Second],
            [Second, Third, First],
        ] {
            let two = Seen::NONE.and(order[0]).and(order[1]).and(order[0]);
            assert!(!two.is_complete());
            let three = two.and(order[2]);
            assert!(three.is_complete());
            assert_eq!(three.and(order[1]), three);
            assert_eq!(Seen::from_bits(three.to_bits()), Some(three));
        }
        assert_eq!(Seen::from_bits(8), None);
    }

    #[test]
    fn an_acknowledgement_has_the_id_as_a_string() {
        assert_eq!(encode_acknowledgement(17), r#"{"id": "17"}"#);
        assert_eq!(
            parse_acknowledgement(encode_acknowledgement(-17).as_bytes()),
            Some(-17)
        );
        for other in [r#"{"id": 17}"#, r#"{"id": "x"}"#, "{}", ""] {
            assert_eq!(parse_acknowledgement(other.as_bytes()), None, "{other}");
        }
    }
}
