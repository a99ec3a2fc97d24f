//! From record columns to Parquet columns: values with definition and repetition levels.

use bytes::Bytes;
use emulator_domain::record::{Cells, Column, Field, LogicalType, Presence, TextCells};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use uuid::fmt::Hyphenated;

/// A place for a value in a nested column.
#[derive(Clone, Copy)]
struct Slot {
    /// The row of its column; `None` if something around it is absent.
    row: Option<usize>,
    /// Its definition level so far.
    defined: i16,
    /// Its repetition level.
    repeated: i16,
}

/// The levels of one column.
#[derive(Default)]
struct Levels {
    defined: Vec<i16>,
    repeated: Vec<i16>,
}

/// Writes `column` to the writers of its leaves, which it takes from `writers`.
pub(super) fn write(
    column: &Column,
    field: &Field,
    writers: &mut std::slice::IterMut<'_, ColumnWriter<'_>>,
) -> Result<()> {
    let is_flat = !matches!(
        field.logical_type,
        LogicalType::Struct(_) | LogicalType::Array(_) | LogicalType::Map(_)
    );
    if is_flat && (!field.nullable || column.is_full()) {
        let defined = match field.nullable {
            true => vec![1; column.len()],
            false => Vec::new(),
        };
        let levels = Levels {
            defined,
            repeated: Vec::new(),
        };
        let writer = writers.next().expect("a writer for each leaf");
        return values(column, Rows::All(column.len()), &levels, writer);
    }
    let slots = (0..column.len()).map(|row| Slot {
        row: Some(row),
        defined: 0,
        repeated: 0,
    });
    nested(column, field, &slots.collect::<Vec<_>>(), 0, writers)
}

/// Writes the values at `slots`, which are nested in `lists` lists.
fn nested(
    column: &Column,
    field: &Field,
    slots: &[Slot],
    lists: i16,
    writers: &mut std::slice::IterMut<'_, ColumnWriter<'_>>,
) -> Result<()> {
    let own = i16::from(field.nullable);
    // Present values go one level deeper, the others stay at theirs.
    let there = |slot: &Slot| match slot.row {
        Some(row) if column.presence(row) == Presence::Present => Slot {
            defined: slot.defined + own,
            ..*slot
        },
        _ => Slot { row: None, ..*slot },
    };
    match (&field.logical_type, &column.cells) {
        (LogicalType::Struct(fields), Cells::Struct(columns)) => {
            let slots: Vec<_> = slots.iter().map(there).collect();
            for (column, field) in columns.iter().zip(fields.iter()) {
                nested(column, field, &slots, lists, writers)?;
            }
            Ok(())
        }
        (LogicalType::Array(element), Cells::Array { ends, elements }) => {
            let slots = elements_of(slots.iter().map(there), ends, lists);
            nested(elements, element, &slots, lists + 1, writers)
        }
        (LogicalType::Map(value), Cells::Map { ends, keys, values }) => {
            let slots = elements_of(slots.iter().map(there), ends, lists);
            let key = Field::new("key", LogicalType::Text, "");
            nested(keys, &key, &slots, lists + 1, writers)?;
            nested(values, value, &slots, lists + 1, writers)
        }
        _ => {
            let slots: Vec<_> = slots.iter().map(there).collect();
            let levels = Levels {
                defined: slots.iter().map(|slot| slot.defined).collect(),
                repeated: slots.iter().map(|slot| slot.repeated).collect(),
            };
            let rows: Vec<_> = slots.iter().filter_map(|slot| slot.row).collect();
            let writer = writers.next().expect("a writer for each leaf");
            values(column, Rows::Some(&rows), &levels, writer)
        }
    }
}

/// A slot for each element of the lists at `slots`, and one for each list that has none.
fn elements_of(slots: impl Iterator<Item = Slot>, ends: &[usize], lists: i16) -> Vec<Slot> {
    let mut elements = Vec::new();
    for slot in slots {
        let Some(row) = slot.row else {
            elements.push(slot);
            continue;
        };
        let start = if row == 0 { 0 } else { ends[row - 1] };
        if start == ends[row] {
            elements.push(Slot { row: None, ..slot });
        }
        elements.extend((start..ends[row]).map(|element| Slot {
            row: Some(element),
            defined: slot.defined + 1,
            repeated: if element == start {
                slot.repeated
            } else {
                lists + 1
            },
        }));
    }
    elements
}

/// Which rows of a column hold the values.
#[derive(Clone, Copy)]
enum Rows<'a> {
    All(usize),
    Some(&'a [usize]),
}

impl Rows<'_> {
    fn pick<T: Copy, U>(self, values: &[T], turn: impl Fn(T) -> U) -> Vec<U> {
        match self {
            Self::All(_) => values.iter().map(|value| turn(*value)).collect(),
            Self::Some(rows) => rows.iter().map(|row| turn(values[*row])).collect(),
        }
    }
}

/// Writes the values of one leaf.
fn values(
    column: &Column,
    rows: Rows<'_>,
    levels: &Levels,
    writer: &mut ColumnWriter<'_>,
) -> Result<()> {
    let defined = Some(&*levels.defined).filter(|levels| !levels.is_empty());
    let repeated = Some(&*levels.repeated).filter(|levels| !levels.is_empty());
    macro_rules! write {
        ($writer:ident, $values:expr) => {
            $writer.write_batch(&$values, defined, repeated).map(|_| ())
        };
    }
    match (writer, &column.cells) {
        (ColumnWriter::BoolColumnWriter(writer), Cells::Boolean(values)) => {
            write!(writer, rows.pick(values, |value| value))
        }
        (ColumnWriter::Int32ColumnWriter(writer), Cells::Long(values)) => {
            write!(writer, rows.pick(values, |value| value as i32))
        }
        (ColumnWriter::Int32ColumnWriter(writer), Cells::Date(days)) => {
            write!(writer, rows.pick(days, |days| days))
        }
        (
            ColumnWriter::Int64ColumnWriter(writer),
            Cells::Long(values)
            | Cells::Time(values)
            | Cells::Decimal {
                unscaled: values, ..
            },
        ) => match rows {
            Rows::All(_) => write!(writer, *values),
            Rows::Some(_) => write!(writer, rows.pick(values, |value| value)),
        },
        (ColumnWriter::Int64ColumnWriter(writer), Cells::Timestamp(values)) => {
            write!(writer, rows.pick(values, |value| value.micros()))
        }
        (ColumnWriter::DoubleColumnWriter(writer), Cells::Float(values)) => {
            write!(writer, rows.pick(values, |value| value))
        }
        (ColumnWriter::ByteArrayColumnWriter(writer), Cells::Uuid(ids)) => {
            let mut all = vec![0; Hyphenated::LENGTH * ids.len()];
            for (id, text) in ids.iter().zip(all.chunks_exact_mut(Hyphenated::LENGTH)) {
                id.hyphenated().encode_lower(text);
            }
            let all = Bytes::from(all);
            let id = |row: usize| {
                all.slice(Hyphenated::LENGTH * row..Hyphenated::LENGTH * (row + 1))
                    .into()
            };
            write!(writer, each(rows, id))
        }
        (ColumnWriter::ByteArrayColumnWriter(writer), Cells::Text(texts)) => {
            write!(writer, texts_of(texts, rows))
        }
        (ColumnWriter::ByteArrayColumnWriter(writer), Cells::Word { positions, words }) => {
            let words: Vec<_> = words
                .iter()
                .map(|word| ByteArray::from(Bytes::copy_from_slice(word.as_bytes())))
                .collect();
            let word = |row: usize| words[positions[row] as usize].clone();
            write!(writer, each(rows, word))
        }
        _ => unreachable!("the columns of a table are made for those of its records"),
    }
}

fn each<T>(rows: Rows<'_>, value: impl Fn(usize) -> T) -> Vec<T> {
    match rows {
        Rows::All(len) => (0..len).map(value).collect(),
        Rows::Some(rows) => rows.iter().map(|row| value(*row)).collect(),
    }
}

/// Slices of one shared copy of all texts.
fn texts_of(texts: &TextCells, rows: Rows<'_>) -> Vec<ByteArray> {
    let all = Bytes::copy_from_slice(texts.all().as_bytes());
    each(rows, |row| all.slice(texts.span(row)).into())
}
