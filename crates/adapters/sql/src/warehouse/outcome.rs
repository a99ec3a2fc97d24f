//! Determines which rows of a request a table refuses.

use std::borrow::Cow;

use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Reference, Table};
use warehouse_domain::keys::KeySet;
use warehouse_domain::reason::Reason;

/// The row's index in the batch, the index of the invalid column, and the reason.
pub(super) type Refusal = (usize, usize, Reason);

/// The keys that a strict reference requires.
pub(super) fn wanted<'a>(
    rows: &'a RowBatch,
    reference: &Reference,
) -> impl Iterator<Item = i32> + 'a {
    let column = reference.column;
    (0..rows.len()).filter_map(move |row| match rows.value(row, column) {
        Value::Integer(key) => Some(key),
        Value::Null | Value::Text(_) => None,
    })
}

/// Refuses rows whose keys are in `existing`, and those with a strict reference to a key that is
/// not in `present`, which holds the keys in the order of the table's strict references. A row may
/// refer to an earlier row of the batch, or to itself.
pub(super) fn refuse<'a>(
    table: &Table,
    rows: &'a RowBatch,
    existing: &KeySet,
    present: &mut [KeySet],
) -> (Vec<Refusal>, Cow<'a, RowBatch>) {
    let mut refused = Vec::new();
    for row in 0..rows.len() {
        let key = rows.integer(row, table.key());
        if existing.contains(key) {
            refused.push((row, table.key(), Reason::DuplicateInTable));
            continue;
        }
        let mut references = table.strict_references().zip(&*present);
        let broken =
            references.find(
                |(reference, present)| match rows.value(row, reference.column) {
                    Value::Integer(other) => {
                        let own = reference.table == *table.name() && other == key;
                        !own && !present.contains(other)
                    }
                    Value::Null | Value::Text(_) => false,
                },
            );
        if let Some((reference, _)) = broken {
            refused.push((row, reference.column, Reason::MissingReference));
            continue;
        }
        for (reference, present) in table.strict_references().zip(&mut *present) {
            if reference.table == *table.name() {
                present.insert(key);
            }
        }
    }
    let rows = without(rows, &refused);
    (refused, rows)
}

fn without<'a>(rows: &'a RowBatch, refused: &[Refusal]) -> Cow<'a, RowBatch> {
    if refused.is_empty() {
        return Cow::Borrowed(rows);
    }
    let mut rest = rows.clone();
    let mut places = refused.iter().map(|(place, ..)| *place).peekable();
    rest.retain(|_, row| places.next_if_eq(&row).is_none());
    Cow::Owned(rest)
}

/// Serialises the refusals, for when the request is repeated.
pub(super) fn write(refused: &[Refusal]) -> String {
    let words = refused.iter().map(|(place, column, reason)| {
        let reason = match reason {
            Reason::MissingReference => 'm',
            _ => 'd',
        };
        format!("{place}:{column}:{reason}")
    });
    words.collect::<Vec<_>>().join(",")
}

/// The inverse of [`write`]; `None` if the text has another form.
pub(super) fn read(text: &str) -> Option<Vec<Refusal>> {
    let words = text.split(',').filter(|word| !word.is_empty());
    let refusals = words.map(|word| {
        let (place, rest) = word.split_once(':')?;
        let (column, reason) = rest.split_once(':')?;
        let reason = match reason {
            "m" => Reason::MissingReference,
            "d" => Reason::DuplicateInTable,
            _ => return None,
        };
        Some((place.parse().ok()?, column.parse().ok()?, reason))
    });
    refusals.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let refusals = vec![
            (0, 0, Reason::DuplicateInTable),
            (999, 63, Reason::MissingReference),
        ];
        assert_eq!(read(&write(&refusals)), Some(refusals));
        assert_eq!(read(""), Some(vec![]));
        for text in ["x", "1:2", "1:2:x", "-1:0:d"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
