//! A row as an Avro datum.

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::Presence;
use emulator_domain::record::{Block, Blocks, Cells, Column, Envelope, Field, LogicalType, Value};
use emulator_domain::text::ByteWriter;
use emulator_domain::{Date, Timestamp};
use emulator_ports::SchemaId;
use platform_avro::varint;

use super::measure::{Measure, Words};
use super::value::CellText;
use super::{Ids, RowSerializer, value};
use crate::avro::fields::UUID_LENGTH;
use crate::avro::schema::{AvroField, AvroSchema, AvroType, AvroValue};
use crate::avro::{mark, skip_value};
use crate::digits::{self, Times};
use crate::varint::{self as number, zigzag};

/// Branches of a union of null and a type.
const NULL: u8 = 0;
const PRESENT: u8 = 2;

/// Avro data.
pub(crate) struct AvroRows {
    /// Everything up to the emulation's id, if there is an envelope.
    head: Vec<u8>,
    mark_len: usize,
    schema: AvroSchema,
    is_wrapped: bool,
    fields: Vec<Field>,
    /// Paths to the id fields, as positions from the outermost inwards.
    ids: Vec<Vec<usize>>,
}

impl AvroRows {
    pub(crate) fn new(
        id: EmulationId,
        plan: &EmulationPlan,
        blocks: &dyn Blocks,
        registered: Option<SchemaId>,
    ) -> Self {
        let mut head = mark(plan, registered);
        let mark_len = head.len();
        let is_wrapped = blocks.envelope() == Envelope::Emulation;
        if is_wrapped {
            head.push(UUID_LENGTH);
            head.extend(id.to_string().bytes());
        }
        let paths = value::id_paths(blocks).into_iter();
        Self {
            head,
            mark_len,
            schema: AvroSchema::of(plan.dataset()),
            is_wrapped,
            fields: blocks.schema().fields().to_vec(),
            ids: paths.map(|(path, _)| path).collect(),
        }
    }

    fn columns(&self) -> &[AvroField] {
        let AvroType::Record { fields, .. } = self.schema.record() else {
            unreachable!("the schema of a stream is a record")
        };
        let envelope = if self.is_wrapped { 2 } else { 0 };
        &fields[envelope..]
    }
}

impl RowSerializer for AvroRows {
    fn measure(&self, block: &Block, words: &mut Words) -> Measure {
        words.measure(block, |_| true)
    }

    #[inline(always)]
    fn row(&self, line: &mut ByteWriter<'_>, block: &Block, row: usize, _: bool, _: &mut Times) {
        line.slice(&self.head);
        if self.is_wrapped {
            long(line, block.times[row].micros());
        }
        for (field, column) in self.columns().iter().zip(&block.columns) {
            write(line, &field.value, column, row);
        }
    }

    fn separator_len(&self) -> usize {
        0
    }

    fn ids(&self, payload: &[u8]) -> Ids {
        let mut ids = Ids {
            emulation: None,
            fields: vec![None; self.ids.len()],
        };
        let mut rest = payload.get(self.mark_len..).unwrap_or_default();
        if self.is_wrapped {
            ids.emulation = text(&mut rest);
            if varint::read(&mut rest).is_none() {
                return ids;
            }
        }
        let wanted = self.ids.iter().map(Vec::as_slice).enumerate().collect();
        // A value found before the first invalid byte is used all the same.
        let _ = pick(&mut rest, self.columns(), &self.fields, wanted, &mut ids);
        ids
    }
}

#[inline(always)]
fn long(line: &mut ByteWriter<'_>, value: i64) {
    number::write(line, zigzag(value));
}

fn string(line: &mut ByteWriter<'_>, text: &(impl CellText + ?Sized)) {
    long(line, text.as_ref().len() as i64);
    text.write(line);
}

/// A value, or null.
#[inline(always)]
pub(super) fn write(line: &mut ByteWriter<'_>, value: &AvroValue, column: &Column, row: usize) {
    if value.nullable {
        if column.presence(row) != Presence::Present {
            return line.byte(NULL);
        }
        line.byte(PRESENT);
    }
    present(line, &value.kind, &column.cells, row);
}

/// A non-null value.
#[inline(always)]
fn present(line: &mut ByteWriter<'_>, kind: &AvroType, cells: &Cells, row: usize) {
    match (kind, cells) {
        (AvroType::Enum { symbols, .. }, Cells::Word { positions, words }) => {
            let position = positions[row] as usize;
            symbol(line, symbols, &words[position], position);
        }
        (AvroType::Enum { symbols, .. }, Cells::Text(texts)) => {
            symbol(line, symbols, texts.get(row), 0);
        }
        (_, Cells::Boolean(values)) => line.byte(values[row].into()),
        (_, Cells::Long(values) | Cells::Time(values)) => long(line, values[row]),
        (_, Cells::Float(values)) => line.chunk(&values[row].to_le_bytes()),
        (_, Cells::Decimal { unscaled, .. }) => decimal(line, unscaled[row]),
        (_, Cells::Text(texts)) => string(line, texts.get(row)),
        (_, Cells::Word { positions, words }) => string(line, &words[positions[row] as usize]),
        (_, Cells::Uuid(values)) => {
            line.byte(UUID_LENGTH);
            digits::uuid(line, values[row]);
        }
        (_, Cells::Date(days)) => long(line, days[row].into()),
        (_, Cells::Timestamp(values)) => long(line, values[row].micros()),
        _ => nested(line, kind, cells, row),
    }
}

fn nested(line: &mut ByteWriter<'_>, kind: &AvroType, cells: &Cells, row: usize) {
    match (kind, cells) {
        (AvroType::Record { fields, .. }, Cells::Struct(columns)) => {
            for (field, column) in fields.iter().zip(columns) {
                write(line, &field.value, column, row);
            }
        }
        (AvroType::Array(element), Cells::Array { ends, elements }) => {
            entries(line, value::range(ends, row), |line, row| {
                write(line, element, elements, row);
            });
        }
        (AvroType::Map(of), Cells::Map { ends, keys, values }) => {
            entries(line, value::range(ends, row), |line, row| {
                if let Value::Text(key) = keys.get(row) {
                    string(line, key);
                }
                write(line, of, values, row);
            });
        }
        _ => unreachable!("the columns are those of the schema"),
    }
}

/// Writes all entries as one block, then the end-of-blocks marker.
fn entries(
    line: &mut ByteWriter<'_>,
    rows: std::ops::Range<usize>,
    write: impl Fn(&mut ByteWriter<'_>, usize),
) {
    if !rows.is_empty() {
        long(line, rows.len() as i64);
        rows.for_each(|row| write(line, row));
    }
    line.byte(0);
}

/// The index of a word among the symbols; usually that of its index in the list of words.
fn symbol(line: &mut ByteWriter<'_>, symbols: &[String], word: &str, likely: usize) {
    let position = match symbols.get(likely) {
        Some(symbol) if symbol == word => Some(likely),
        _ => symbols.iter().position(|symbol| symbol == word),
    };
    let position = position.expect("the values of an enum are among its words");
    long(line, position as i64);
}

/// As two's complement of minimal length, prefixed with that length.
fn decimal(line: &mut ByteWriter<'_>, unscaled: i64) {
    let bits = 64 - (unscaled ^ (unscaled >> 63)).leading_zeros() as usize;
    let len = bits / 8 + 1;
    line.byte(2 * len as u8);
    line.padded(&(unscaled << (64 - 8 * len)).to_be_bytes(), len);
}

/// Extracts the id fields of a record as text and skips the others.
fn pick(
    rest: &mut &[u8],
    columns: &[AvroField],
    fields: &[Field],
    wanted: Vec<(usize, &[usize])>,
    found: &mut Ids,
) -> Option<()> {
    for (position, (column, field)) in columns.iter().zip(fields).enumerate() {
        let here: Vec<_> = (wanted.iter())
            .filter_map(|(slot, path)| {
                let (first, more) = path.split_first()?;
                (*first == position).then_some((*slot, more))
            })
            .collect();
        match (here.as_slice(), &column.value.kind, &field.logical_type) {
            ([], ..) => skip_value(rest, &column.value)?,
            ([(slot, []), ..], kind, logical_type) => {
                if is_there(rest, &column.value)? {
                    found.fields[*slot] = Some(plain(rest, kind, logical_type)?);
                }
            }
            (_, AvroType::Record { fields: inner, .. }, LogicalType::Struct(fields)) => {
                if is_there(rest, &column.value)? {
                    pick(rest, inner, fields, here, found)?;
                }
            }
            _ => return None,
        }
    }
    Some(())
}

fn is_there(rest: &mut &[u8], value: &AvroValue) -> Option<bool> {
    match value.nullable {
        false => Some(true),
        true => match varint::read(rest)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    }
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let len = usize::try_from(varint::read(rest)?).ok()?;
    let (text, more) = rest.split_at_checked(len)?;
    *rest = more;
    Some(std::str::from_utf8(text).ok()?.to_owned())
}

fn plain(rest: &mut &[u8], kind: &AvroType, logical_type: &LogicalType) -> Option<String> {
    if let AvroType::Enum { symbols, .. } = kind {
        let position = usize::try_from(varint::read(rest)?).ok()?;
        return symbols.get(position).cloned();
    }
    let value = match logical_type {
        LogicalType::Text | LogicalType::Uuid | LogicalType::Enum(_) => return text(rest),
        LogicalType::Integer | LogicalType::Long => Value::Long(varint::read(rest)?),
        LogicalType::Time => Value::Time(varint::read(rest)?),
        LogicalType::Timestamp => Value::Timestamp(Timestamp::from_micros(varint::read(rest)?)?),
        LogicalType::Date => {
            let days = i32::try_from(varint::read(rest)?).ok()?;
            Value::Date(Date::from_days(days))
        }
        LogicalType::Decimal { scale, .. } => {
            let len = usize::try_from(varint::read(rest)?).ok()?;
            let (bytes, more) = rest.split_at_checked(len)?;
            *rest = more;
            let first = i64::from(bytes.first()?.cast_signed());
            let more = bytes.get(1..).filter(|more| more.len() < 8)?;
            let unscaled = (more.iter()).fold(first, |sum, byte| sum << 8 | i64::from(*byte));
            Value::Decimal {
                unscaled,
                scale: *scale,
            }
        }
        // Types that cannot identify a record.
        _ => return None,
    };
    Some(value::text_of(value))
}
