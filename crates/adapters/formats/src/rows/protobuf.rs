//! A row as a Protobuf message.

use emulator_domain::Timestamp;
use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::{
    Block, Blocks, Cells, Column, Envelope, LogicalType, Presence, Value,
};
use emulator_domain::text::ByteWriter;
use emulator_ports::SchemaId;
use uuid::fmt::Hyphenated;

use super::measure::{Measure, Words};
use super::value::CellText;
use super::{Ids, RowSerializer, value};
use crate::digits::Times;
use crate::protobuf::schema::{Content, Label, ProtoField, ProtoKind, ProtoSchema};
use crate::protobuf::{mark, timestamp, varint};
use crate::varint::{self as number, with_length};

const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH_DELIMITED: u64 = 2;

/// The numbers of the envelope's fields, and of the first field after them.
const EMULATION: u64 = 1;
const EVENT_TIME: u64 = 2;

/// Protobuf messages.
pub(crate) struct ProtoRows {
    /// Everything up to the emulation's id, if there is an envelope.
    head: Vec<u8>,
    mark_len: usize,
    schema: ProtoSchema,
    is_wrapped: bool,
    /// Field numbers from the outermost inwards, and the type of the last one.
    ids: Vec<(Vec<u64>, LogicalType)>,
}

impl ProtoRows {
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
            head.extend([
                (EMULATION << 3 | LENGTH_DELIMITED) as u8,
                Hyphenated::LENGTH as u8,
            ]);
            head.extend(id.to_string().bytes());
        }
        let before = blocks.envelope().fields().len() as u64;
        let ids = value::id_paths(blocks).into_iter().map(|(path, field)| {
            let mut numbers: Vec<_> = path.iter().map(|position| *position as u64 + 1).collect();
            numbers[0] += before;
            (numbers, field.logical_type.clone())
        });
        Self {
            head,
            mark_len,
            schema: ProtoSchema::of(plan.dataset()),
            is_wrapped,
            ids: ids.collect(),
        }
    }

    fn fields(&self) -> &[ProtoField] {
        let envelope = if self.is_wrapped {
            EVENT_TIME as usize
        } else {
            0
        };
        &self.schema.fields()[envelope..]
    }
}

impl RowSerializer for ProtoRows {
    fn measure(&self, block: &Block, words: &mut Words) -> Measure {
        words.measure(block, |_| true)
    }

    #[inline(always)]
    fn row(
        &self,
        line: &mut ByteWriter<'_>,
        block: &Block,
        row: usize,
        _: bool,
        times: &mut Times,
    ) {
        line.slice(&self.head);
        if self.is_wrapped {
            tag(line, EVENT_TIME, LENGTH_DELIMITED);
            timestamp(line, block.times[row]);
        }
        let mut writer = Writer { times };
        for (field, column) in self.fields().iter().zip(&block.columns) {
            writer.field(line, field, column, row);
        }
    }

    fn separator_len(&self) -> usize {
        0
    }

    fn ids(&self, payload: &[u8]) -> Ids {
        let mut fields = vec![None; self.ids.len()];
        let mut emulation = None;
        let message = payload.get(self.mark_len..).unwrap_or_default();
        let wanted: Vec<_> = (self.ids.iter().enumerate())
            .map(|(slot, (numbers, kind))| (slot, numbers.as_slice(), kind))
            .collect();
        pick(message, &wanted, &mut |slot, text| fields[slot] = text);
        if self.is_wrapped {
            let own = [(0, &[EMULATION][..], &LogicalType::Uuid)];
            pick(message, &own, &mut |_, text| emulation = text);
        }
        Ids { emulation, fields }
    }
}

#[inline(always)]
fn tag(line: &mut ByteWriter<'_>, field: u64, wire_type: u64) {
    number::write(line, field << 3 | wire_type);
}

/// Writes values.
struct Writer<'t> {
    times: &'t mut Times,
}

impl Writer<'_> {
    /// A field, or nothing if it is null.
    #[inline(always)]
    fn field(
        &mut self,
        line: &mut ByteWriter<'_>,
        field: &ProtoField,
        column: &Column,
        row: usize,
    ) {
        if column.presence(row) != Presence::Present {
            return;
        }
        match (field.label, &column.cells) {
            (Label::Repeated, Cells::Array { ends, elements }) => {
                self.elements(line, field, elements, value::range(ends, row));
            }
            (Label::Map, Cells::Map { ends, keys, values }) => {
                for row in value::range(ends, row) {
                    tag(line, field.number, LENGTH_DELIMITED);
                    with_length(
                        line,
                        |len| len,
                        |line| {
                            tag(line, 1, LENGTH_DELIMITED);
                            self.value(line, &ProtoKind::String, keys, row);
                            tag(line, 2, field.kind.wire_type());
                            self.value(line, &field.kind, values, row);
                        },
                    );
                }
            }
            _ => {
                tag(line, field.number, field.kind.wire_type());
                self.value(line, &field.kind, column, row);
            }
        }
    }

    fn elements(
        &mut self,
        line: &mut ByteWriter<'_>,
        field: &ProtoField,
        elements: &Column,
        rows: std::ops::Range<usize>,
    ) {
        if field.kind.wire_type() == LENGTH_DELIMITED {
            for row in rows {
                tag(line, field.number, LENGTH_DELIMITED);
                self.value(line, &field.kind, elements, row);
            }
        } else if !rows.is_empty() {
            // Numbers are packed: one length prefix for all of them.
            tag(line, field.number, LENGTH_DELIMITED);
            with_length(
                line,
                |len| len,
                |line| {
                    rows.for_each(|row| self.value(line, &field.kind, elements, row));
                },
            );
        }
    }

    /// A value without its tag.
    #[inline(always)]
    fn value(&mut self, line: &mut ByteWriter<'_>, kind: &ProtoKind, column: &Column, row: usize) {
        match (kind, &column.cells) {
            (
                ProtoKind::Message {
                    fields, content, ..
                },
                cells,
            ) => {
                with_length(
                    line,
                    |len| len,
                    |line| match (content, cells) {
                        (Content::Fields, Cells::Struct(columns)) => {
                            for (field, column) in fields.iter().zip(columns) {
                                self.field(line, field, column, row);
                            }
                        }
                        _ => self.field(line, &fields[0], column, row),
                    },
                );
            }
            (_, Cells::Long(values)) => number::write(line, values[row].cast_unsigned()),
            (_, Cells::Boolean(values)) => line.byte(values[row].into()),
            (_, Cells::Float(values)) => line.chunk(&values[row].to_le_bytes()),
            (_, Cells::Timestamp(values)) => timestamp(line, values[row]),
            (_, Cells::Text(texts)) => text(line, texts.get(row)),
            (_, Cells::Word { positions, words }) => text(line, &words[positions[row] as usize]),
            (_, cells) => with_length(
                line,
                |len| len,
                |line| {
                    value::scalar(line, cells, row, self.times, |_| {});
                },
            ),
        }
    }
}

fn text(line: &mut ByteWriter<'_>, text: &(impl CellText + ?Sized)) {
    number::write(line, text.as_ref().len() as u64);
    text.write(line);
}

impl ProtoKind {
    const fn wire_type(&self) -> u64 {
        match self {
            Self::Uint32 | Self::Int64 | Self::Bool => VARINT,
            Self::Double => EIGHT_BYTES,
            Self::String | Self::Timestamp | Self::Message { .. } => LENGTH_DELIMITED,
        }
    }
}

/// Finds the values of fields as text, up to the first invalid byte.
fn pick(
    message: &[u8],
    wanted: &[(usize, &[u64], &LogicalType)],
    found: &mut dyn FnMut(usize, Option<String>),
) {
    let mut rest = message;
    while let Some((field, value)) = next(&mut rest) {
        let mut inner = Vec::new();
        for (slot, numbers, kind) in wanted {
            match numbers {
                [number] if *number == field => found(*slot, plain(value, kind)),
                [number, more @ ..] if *number == field => inner.push((*slot, more, *kind)),
                _ => {}
            }
        }
        if let (false, Wire::Bytes(bytes)) = (inner.is_empty(), value) {
            pick(bytes, &inner, found);
        }
    }
}

#[derive(Clone, Copy)]
enum Wire<'m> {
    Number(u64),
    Bytes(&'m [u8]),
    Other,
}

/// Takes the next field off the front of a message.
fn next<'m>(rest: &mut &'m [u8]) -> Option<(u64, Wire<'m>)> {
    let tag = read(rest)?;
    let value = match tag & 7 {
        VARINT => Wire::Number(read(rest)?),
        LENGTH_DELIMITED => {
            let len = usize::try_from(read(rest)?).ok()?;
            let (bytes, more) = rest.split_at_checked(len)?;
            *rest = more;
            Wire::Bytes(bytes)
        }
        EIGHT_BYTES => {
            *rest = rest.get(8..)?;
            Wire::Other
        }
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn read(rest: &mut &[u8]) -> Option<u64> {
    let (value, width) = varint(rest)?;
    *rest = &rest[width..];
    Some(value)
}

fn plain(value: Wire<'_>, kind: &LogicalType) -> Option<String> {
    match (value, kind) {
        (Wire::Number(number), LogicalType::Integer | LogicalType::Long) => {
            Some(number.cast_signed().to_string())
        }
        (Wire::Number(number), LogicalType::Boolean) => Some((number != 0).to_string()),
        (Wire::Bytes(mut bytes), LogicalType::Timestamp) => {
            let (mut seconds, mut nanos) = (0, 0);
            while let Some((field, Wire::Number(number))) = next(&mut bytes) {
                match field {
                    1 => seconds = number,
                    _ => nanos = number,
                }
            }
            let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
            let micros = micros.checked_add(i64::try_from(nanos / 1000).ok()?)?;
            Some(value::text_of(Value::Timestamp(Timestamp::from_micros(
                micros,
            )?)))
        }
        (Wire::Bytes(bytes), _) => Some(std::str::from_utf8(bytes).ok()?.to_owned()),
        _ => None,
    }
}
