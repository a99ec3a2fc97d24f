//! Another id for the second of two deliveries of a record, which still leads back to it.

use uuid::Uuid;

use crate::Dataset;
use crate::record::{LogicalType, Value};

/// Where UUIDs differ: not in the bits of their version.
const BITS: u128 = 0x5555_aaaa_5555_0aaa_0155_aaaa_5555_aaaa;
/// After an id that is a text.
const AGAIN: &str = "-2";

/// The position of the field that differs, if there can be another id.
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

/// The other id.
pub(crate) fn renamed<'t>(id: Value<'t>, text: &'t mut String) -> Value<'t> {
    match id {
        Value::Uuid(id) => Value::Uuid(Uuid::from_u128(id.as_u128() ^ BITS)),
        Value::Long(id) => Value::Long(!id),
        Value::Text(id) => {
            text.clear();
            text.push_str(id);
            text.push_str(AGAIN);
            Value::Text(text)
        }
        other => other,
    }
}

/// The id that the text of another would have been.
pub(crate) fn original(logical_type: &LogicalType, text: &str) -> Option<String> {
    match logical_type {
        LogicalType::Uuid => {
            let id: Uuid = text.parse().ok()?;
            Some(Uuid::from_u128(id.as_u128() ^ BITS).to_string())
        }
        LogicalType::Long => text.parse::<i64>().ok().map(|id| (!id).to_string()),
        _ => text.strip_suffix(AGAIN).map(str::to_owned),
    }
}
