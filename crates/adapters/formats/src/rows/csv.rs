//! RFC 4180: a row as the columns of one line, ended by CR and LF. Fields of a struct become
//! columns (`ship_to.street`); arrays and maps become JSON in one column.

use emulator_domain::emulation::EmulationId;
use emulator_domain::record::{
    Block, Blocks, Cells, Column, Envelope, Field, LogicalType, Presence,
};
use emulator_domain::text::ByteWriter;

use super::decoder::CsvColumns;
use super::json::writer::{Doubled, Node, Writer};
use super::measure::{Measure, Words};
use super::value::CellText;
use super::{Ids, RowSerializer, TextRows, value};
use crate::digits::Times;
use crate::text_framing::TextFraming;
use crate::text_serializer::Piece;

/// CSV lines. A null is an empty field; an empty text is quoted.
pub(crate) struct CsvRows {
    /// The envelope up to the time, if there is one.
    head: Option<Piece<80>>,
    fields: Box<[Shape]>,
    framing: TextFraming,
    columns: CsvColumns,
}

/// How a field appears in a line.
enum Shape {
    Column(Node),
    Columns(Box<[Shape]>),
}

impl CsvRows {
    pub(crate) fn new(id: EmulationId, blocks: &dyn Blocks) -> Self {
        let is_wrapped = blocks.envelope() == Envelope::Emulation;
        let mut names = Vec::new();
        if is_wrapped {
            names.extend(["emulation_id".to_owned(), "event_timestamp".to_owned()]);
        }
        let fields = blocks.schema().fields();
        flatten(fields, "", &mut names);
        let header: Vec<_> = names.iter().map(|name| quoted(name)).collect();
        Self {
            head: is_wrapped.then(|| Piece::new(format!("{id},").as_bytes())),
            fields: fields.iter().map(Shape::of).collect(),
            framing: TextFraming {
                quoted: true,
                longest: super::LONGEST,
                ..TextFraming::csv(&header.join(","))
            },
            columns: CsvColumns::new(&blocks.id_fields(), &names, is_wrapped),
        }
    }
}

/// The names of columns.
fn flatten(fields: &[Field], before: &str, names: &mut Vec<String>) {
    for field in fields {
        let name = format!("{before}{}", field.name);
        match &field.logical_type {
            LogicalType::Struct(fields) => flatten(fields, &format!("{name}."), names),
            _ => names.push(name),
        }
    }
}

fn quoted(name: &str) -> String {
    if is_plain(name.as_bytes()) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

impl Shape {
    fn of(field: &Field) -> Self {
        match &field.logical_type {
            LogicalType::Struct(fields) => Self::Columns(fields.iter().map(Self::of).collect()),
            logical_type => Self::Column(Node::new::<Doubled>(logical_type)),
        }
    }

    fn names_room(&self, column: &Column, len: usize) -> usize {
        match (self, &column.cells) {
            (Self::Columns(shapes), Cells::Struct(columns)) => {
                let all = shapes.iter().zip(columns);
                all.map(|(shape, column)| shape.names_room(column, len))
                    .sum()
            }
            (Self::Column(node), _) => node.names_room(column, len),
            _ => 0,
        }
    }

    /// Writes the value or values, each followed by a comma.
    #[inline(always)]
    fn write(
        &self,
        line: &mut ByteWriter<'_>,
        column: &Column,
        row: usize,
        writer: &mut Writer<'_>,
    ) {
        match (self, &column.cells, column.presence(row)) {
            (Self::Column(node), cells, Presence::Present) => {
                present(line, node, cells, row, writer);
                line.byte(b',');
            }
            (Self::Columns(shapes), Cells::Struct(columns), Presence::Present) => {
                for (shape, column) in shapes.iter().zip(columns) {
                    shape.write_nested(line, column, row, writer);
                }
            }
            _ => self.absent(line),
        }
    }

    fn write_nested(
        &self,
        line: &mut ByteWriter<'_>,
        column: &Column,
        row: usize,
        writer: &mut Writer<'_>,
    ) {
        self.write(line, column, row, writer);
    }

    fn absent(&self, line: &mut ByteWriter<'_>) {
        match self {
            Self::Column(_) => line.byte(b','),
            Self::Columns(shapes) => shapes.iter().for_each(|shape| shape.absent(line)),
        }
    }
}

#[inline(always)]
fn present(
    line: &mut ByteWriter<'_>,
    node: &Node,
    cells: &Cells,
    row: usize,
    writer: &mut Writer<'_>,
) {
    match cells {
        Cells::Text(texts) => text(line, texts.get(row), writer.is_plain),
        Cells::Word { positions, words } => {
            text(line, &words[positions[row] as usize], writer.is_plain);
        }
        Cells::Array { .. } | Cells::Map { .. } => {
            line.byte(b'"');
            let mut json = Writer {
                is_plain: false,
                times: writer.times,
            };
            json.present::<Doubled>(line, node, cells, row);
            line.byte(b'"');
        }
        _ => value::scalar(line, cells, row, writer.times, |_| {}),
    }
}

#[inline(always)]
fn text(line: &mut ByteWriter<'_>, cell: &(impl CellText + ?Sized), all_plain: bool) {
    let text = cell.as_ref();
    if !text.is_empty() && (all_plain || is_plain(text.as_bytes())) {
        return cell.write(line);
    }
    line.byte(b'"');
    for byte in text.bytes() {
        line.byte(byte);
        if byte == b'"' {
            line.byte(byte);
        }
    }
    line.byte(b'"');
}

/// Whether a field with these characters needs no quotation marks.
fn is_plain(text: &[u8]) -> bool {
    // Without an early exit the loop vectorises.
    let special = |byte: &u8| {
        u8::from(*byte == b',')
            | u8::from(*byte == b'"')
            | u8::from(*byte == b'\n')
            | u8::from(*byte == b'\r')
    };
    text.iter().fold(0, |any, byte| any | special(byte)) == 0
}

impl TextRows for CsvRows {
    fn framing(&self) -> TextFraming {
        self.framing.clone()
    }
}

impl RowSerializer for CsvRows {
    fn measure(&self, block: &Block, words: &mut Words) -> Measure {
        let measure = words.measure(block, is_plain);
        let fields = self.fields.iter().zip(&block.columns);
        let names = fields.map(|(shape, column)| shape.names_room(column, block.len()));
        Measure {
            room: measure.room + names.sum::<usize>(),
            ..measure
        }
    }

    #[inline(always)]
    fn row(
        &self,
        line: &mut ByteWriter<'_>,
        block: &Block,
        row: usize,
        is_plain: bool,
        times: &mut Times,
    ) {
        if let Some(head) = &self.head {
            head.write(line);
            times.unix(line, block.times[row]);
            line.byte(b',');
        }
        let mut writer = Writer { is_plain, times };
        for (shape, column) in self.fields.iter().zip(&block.columns) {
            shape.write(line, column, row, &mut writer);
        }
        // Replaces the last comma.
        line.pop();
        line.slice(self.framing.separator);
    }

    fn separator_len(&self) -> usize {
        self.framing.separator.len()
    }

    fn ids(&self, payload: &[u8]) -> Ids {
        self.columns.ids(payload)
    }
}

#[cfg(test)]
mod tests {
    use emulator_domain::record::{TextCells, Word};

    use super::*;

    #[test]
    fn a_word_is_written_as_the_text_is_and_an_empty_one_is_not_null() {
        for (value, expected) in [("tame", "tame"), ("", "\"\""), ("a,\"b", "\"a,\"\"b\"")] {
            let mut texts = TextCells::default();
            texts.push(value);
            let word = Cells::Word {
                positions: vec![0],
                words: [Word::from(value)].into(),
            };
            for cells in [Cells::Text(texts), word] {
                let mut bytes = [0; 8 + ByteWriter::SLACK];
                let mut line = ByteWriter::new(&mut bytes, 0);
                let mut writer = Writer {
                    is_plain: is_plain(value.as_bytes()),
                    times: &mut Times::new(),
                };
                present(&mut line, &Node::Plain, &cells, 0, &mut writer);
                assert_eq!(line.written(0), expected.as_bytes(), "{cells:?}");
            }
        }
    }
}
