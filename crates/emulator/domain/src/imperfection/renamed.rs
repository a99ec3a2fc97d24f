//! Another id instead of a record's own: for the second of its deliveries, or because its id is
//! damaged. It can still be mapped back to the record.

use uuid::Uuid;

use crate::Dataset;
use crate::record::{LogicalType, Value};

/// How the other id differs from a record's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Other {
    /// The bits that differ in UUIDs; not those of their version.
    uuid: u128,
    /// The bits that differ in whole numbers.
    long: i64,
    integer: i64,
    /// The suffix of texts.
    text: &'static str,
}

/// The id of a second delivery.
pub(crate) const AGAIN: Other = Other {
    uuid: 0x5555_aaaa_5555_0aaa_0155_aaaa_5555_aaaa,
    long: -1,
    integer: 0,
    text: "-2",
};
/// The id of no record.
pub(crate) const UNKNOWN: Other = Other {
    uuid: 0x2a2a_6666_2a2a_0666_02aa_6666_2a2a_6666,
    long: 1 << 62,
    integer: 1 << 30,
    text: "-x",
};

/// The position of the field that differs, if another id is possible.
pub(crate) fn position(dataset: &Dataset) -> Option<usize> {
    let ids = dataset.id_fields();
    let first = ids.first()?;
    let mut fields = dataset.schema().fields().iter();
    fields.position(|field| {
        let is_able = matches!(
            field.logical_type,
            LogicalType::Uuid | LogicalType::Long | LogicalType::Text
        );
        is_able && field.name == **first
    })
}

impl Other {
    /// The other id.
    pub(crate) fn of<'t>(
        self,
        logical_type: &LogicalType,
        id: Value<'t>,
        text: &'t mut String,
    ) -> Value<'t> {
        match id {
            Value::Uuid(id) => Value::Uuid(Uuid::from_u128(id.as_u128() ^ self.uuid)),
            Value::Long(id) => Value::Long(id ^ self.number(logical_type)),
            Value::Text(id) => {
                text.clear();
                text.push_str(id);
                text.push_str(self.text);
                Value::Text(text)
            }
            other => other,
        }
    }

    /// The original of another id, as text.
    pub(crate) fn original(self, logical_type: &LogicalType, text: &str) -> Option<String> {
        match logical_type {
            LogicalType::Uuid => {
                let id: Uuid = text.parse().ok()?;
                Some(Uuid::from_u128(id.as_u128() ^ self.uuid).to_string())
            }
            LogicalType::Long | LogicalType::Integer => {
                let id = text.parse::<i64>().ok()?;
                Some((id ^ self.number(logical_type)).to_string())
            }
            _ => text.strip_suffix(self.text).map(str::to_owned),
        }
    }

    const fn number(self, logical_type: &LogicalType) -> i64 {
        match logical_type {
            LogicalType::Integer => self.integer,
            _ => self.long,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_id_differs_and_leads_back() {
        use LogicalType::{Integer, Long, Text};
        for (of, id) in [
            (LogicalType::Uuid, Value::Uuid(Uuid::nil())),
            (LogicalType::Uuid, Value::Uuid(Uuid::max())),
            (Long, Value::Long(0)),
            (Long, Value::Long(-1)),
            (Long, Value::Long(i64::MAX)),
            (Integer, Value::Long(0)),
            (Integer, Value::Long(i32::MAX.into())),
            (Text, Value::Text("")),
            (Text, Value::Text("a-x-2")),
        ] {
            let text = |value: Value<'_>| {
                let mut text = String::new();
                value.write_id(&mut text);
                text
            };
            for (name, other) in [("again", AGAIN), ("unknown", UNKNOWN)] {
                // A second delivery never has another number of 32 bits.
                if of == Integer && name == "again" {
                    continue;
                }
                let mut buffer = String::new();
                let renamed = text(other.of(&of, id, &mut buffer));
                assert_ne!(renamed, text(id), "{of:?} {name}");
                assert_eq!(
                    other.original(&of, &renamed),
                    Some(text(id)),
                    "{of:?} {name}"
                );
            }
        }
        assert_eq!(AGAIN.original(&Text, "a"), None);
        assert_eq!(AGAIN.original(&Long, "a"), None);
        assert_eq!(AGAIN.original(&LogicalType::Uuid, "a"), None);
    }

    #[test]
    fn the_first_field_of_an_id_differs_if_it_can() {
        let place = |domain: crate::Domain| position(&domain.into());
        assert_eq!(place(crate::Domain::Transaction), Some(0));
        // The id of a profile is a number of 32 bits.
        assert_eq!(place(crate::Domain::UserProfile), None);
    }
}
