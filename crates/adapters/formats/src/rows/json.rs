//! A row as a JSON object, alone on its line or in an array.

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::{
    Block, Blocks, Cells, Column, Envelope, Field, LogicalType, Presence,
};
use emulator_domain::text::ByteWriter;

use super::decoder::JsonPaths;
use super::drift::{Drifted, Unlike};
use super::measure::{Measure, Words, total};
use super::{Ids, RowSerializer, TextRows, value};
use crate::digits::Times;
use crate::text_framing::TextFraming;
use crate::text_serializer::Piece;

/// JSON objects, in an array or a line each.
pub(crate) struct JsonRows {
    /// Before a message.
    mark: Box<[u8]>,
    /// Of the envelope, if there is one, up to the time.
    head: Option<Piece<80>>,
    record: Object,
    tail: &'static [u8],
    framing: TextFraming,
    paths: JsonPaths,
    drifted: Option<Drifted>,
}

impl JsonRows {
    /// A row a line.
    pub(crate) fn lines(id: EmulationId, plan: &EmulationPlan, blocks: &dyn Blocks) -> Self {
        Self::new(id, plan, blocks, TextFraming::json_lines(), &[])
    }

    /// Rows in an array, all on one line; messages each after the `mark` of its schema.
    pub(crate) fn array(
        id: EmulationId,
        plan: &EmulationPlan,
        blocks: &dyn Blocks,
        mark: &[u8],
    ) -> Self {
        Self::new(id, plan, blocks, TextFraming::json_array(), mark)
    }

    fn new(
        id: EmulationId,
        plan: &EmulationPlan,
        blocks: &dyn Blocks,
        framing: TextFraming,
        mark: &[u8],
    ) -> Self {
        let drift = plan.imperfections().drift.as_ref();
        let is_wrapped = blocks.envelope() == Envelope::Emulation;
        let head = format!("{{\"emulation_id\":\"{id}\",\"timestamp\":");
        Self {
            mark: mark.into(),
            head: is_wrapped.then(|| Piece::new(head.as_bytes())),
            record: Object::new::<Alone>(blocks.schema().fields()),
            tail: if is_wrapped { b"}" } else { b"" },
            framing: TextFraming {
                longest: super::LONGEST,
                ..framing
            },
            paths: JsonPaths::new(blocks, is_wrapped),
            drifted: drift.map(|drift| Drifted::new(drift, blocks.schema().fields())),
        }
    }
}

impl TextRows for JsonRows {
    fn framing(&self) -> TextFraming {
        self.framing.clone()
    }
}

impl RowSerializer for JsonRows {
    fn measure(&self, block: &Block, words: &mut Words) -> Measure {
        let measure = words.measure(block, needs_no_escape);
        Measure {
            room: measure.room
                + self.record.names_room(&block.columns, block.len())
                + self.drifted.as_ref().map_or(0, Drifted::room) * block.len(),
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
        line.slice(&self.mark);
        if let Some(head) = &self.head {
            head.write(line);
            times.unix(line, block.times[row]);
            line.chunk(b",\"data\":");
        }
        let mut writer = Writer { is_plain, times };
        match Unlike::of(self.drifted.as_ref(), block, row) {
            None => writer.object::<Alone>(line, &self.record, &block.columns, row),
            Some(unlike) => writer.unlike(line, &self.record, &block.columns, row, unlike),
        }
        line.slice(self.tail);
        line.slice(self.framing.separator);
    }

    fn separator_len(&self) -> usize {
        self.framing.separator.len()
    }

    fn ids(&self, payload: &[u8]) -> Ids {
        self.paths
            .ids(payload.get(self.mark.len()..).unwrap_or_default())
    }
}

/// What a quotation mark is written as.
pub(super) trait Quote {
    const MARK: &'static [u8];
}

/// Where JSON stands alone.
pub(super) struct Alone;

impl Quote for Alone {
    const MARK: &'static [u8] = b"\"";
}

/// Where JSON stands within the quotation marks of CSV.
pub(super) struct Doubled;

impl Quote for Doubled {
    const MARK: &'static [u8] = b"\"\"";
}

/// What is around the values of a column.
pub(super) enum Node {
    Plain,
    Struct(Object),
    Array(Box<Node>),
    Map(Box<Node>),
}

impl Node {
    pub(super) fn new<Q: Quote>(logical_type: &LogicalType) -> Self {
        match logical_type {
            LogicalType::Struct(fields) => Self::Struct(Object::new::<Q>(fields)),
            LogicalType::Array(element) => {
                Self::Array(Box::new(Self::new::<Q>(&element.logical_type)))
            }
            LogicalType::Map(value) => Self::Map(Box::new(Self::new::<Q>(&value.logical_type))),
            _ => Self::Plain,
        }
    }

    /// Bytes of the names within the first `len` values of the column.
    pub(super) fn names_room(&self, column: &Column, len: usize) -> usize {
        match (self, &column.cells) {
            (Self::Struct(object), Cells::Struct(columns)) => object.names_room(columns, len),
            (Self::Array(node), Cells::Array { ends, elements }) => {
                node.names_room(elements, total(ends))
            }
            (Self::Map(node), Cells::Map { ends, values, .. }) => {
                node.names_room(values, total(ends))
            }
            _ => 0,
        }
    }
}

/// The fields of an object in their order.
pub(super) struct Object(pub(super) Box<[Member]>);

pub(super) struct Member {
    pub(super) name: Name,
    pub(super) node: Node,
}

/// `"name":`, copied whole where it is short.
pub(super) struct Name {
    short: Piece<32>,
    long: Box<[u8]>,
}

impl Object {
    fn new<Q: Quote>(fields: &[Field]) -> Self {
        let member = |field: &Field| Member {
            name: Name::new::<Q>(&field.name),
            node: Node::new::<Q>(&field.logical_type),
        };
        Self(fields.iter().map(member).collect())
    }

    fn names_room(&self, columns: &[Column], len: usize) -> usize {
        let members = self.0.iter().zip(columns);
        members
            .map(|(member, column)| {
                member.name.long.len() * len + member.node.names_room(column, len)
            })
            .sum()
    }
}

impl Name {
    pub(super) fn new<Q: Quote>(name: &str) -> Self {
        let mut bytes = vec![0; 6 * name.len() + 8 + ByteWriter::SLACK];
        let mut line = ByteWriter::new(&mut bytes, 0);
        text::<Q>(&mut line, name, false);
        line.byte(b':');
        let len = line.len();
        bytes.truncate(len);
        let short = if len <= 32 { &bytes[..] } else { &[] };
        Self {
            short: Piece::new(short),
            long: bytes.into(),
        }
    }

    /// How many bytes it has.
    pub(super) const fn len(&self) -> usize {
        self.long.len()
    }

    #[inline(always)]
    pub(super) fn write(&self, line: &mut ByteWriter<'_>) {
        if self.long.len() <= 32 {
            self.short.write(line);
        } else {
            line.slice(&self.long);
        }
    }
}

/// Writes values.
pub(super) struct Writer<'t> {
    pub(super) is_plain: bool,
    pub(super) times: &'t mut Times,
}

impl Writer<'_> {
    #[inline(always)]
    fn object<Q: Quote>(
        &mut self,
        line: &mut ByteWriter<'_>,
        object: &Object,
        columns: &[Column],
        row: usize,
    ) {
        line.byte(b'{');
        let start = line.len();
        for (member, column) in object.0.iter().zip(columns) {
            match column.presence(row) {
                Presence::Present => {
                    member.name.write(line);
                    self.present::<Q>(line, &member.node, &column.cells, row);
                }
                Presence::Null => {
                    member.name.write(line);
                    line.chunk(b"null");
                }
                Presence::Missing => continue,
            }
            line.byte(b',');
        }
        if line.len() > start {
            line.pop();
        }
        line.byte(b'}');
    }

    /// An element of an array or map, where nothing can be left out.
    pub(super) fn element<Q: Quote>(
        &mut self,
        line: &mut ByteWriter<'_>,
        node: &Node,
        column: &Column,
        row: usize,
    ) {
        match column.presence(row) {
            Presence::Present => self.present::<Q>(line, node, &column.cells, row),
            Presence::Null | Presence::Missing => line.chunk(b"null"),
        }
        line.byte(b',');
    }

    /// A value that is there.
    #[inline(always)]
    pub(super) fn present<Q: Quote>(
        &mut self,
        line: &mut ByteWriter<'_>,
        node: &Node,
        cells: &Cells,
        row: usize,
    ) {
        match cells {
            Cells::Text(texts) => text::<Q>(line, texts.get(row), self.is_plain),
            Cells::Word { positions, words } => {
                text::<Q>(line, &words[positions[row] as usize], self.is_plain);
            }
            Cells::Struct(_) | Cells::Array { .. } | Cells::Map { .. } => {
                self.nested::<Q>(line, node, cells, row);
            }
            _ => value::scalar(line, cells, row, self.times, |line| line.slice(Q::MARK)),
        }
    }

    fn nested<Q: Quote>(
        &mut self,
        line: &mut ByteWriter<'_>,
        node: &Node,
        cells: &Cells,
        row: usize,
    ) {
        match (node, cells) {
            (Node::Struct(object), Cells::Struct(columns)) => {
                self.object::<Q>(line, object, columns, row);
            }
            (Node::Array(node), Cells::Array { ends, elements }) => {
                line.byte(b'[');
                let all = value::range(ends, row);
                for row in all.clone() {
                    self.element::<Q>(line, node, elements, row);
                }
                close(line, all.is_empty(), b']');
            }
            (Node::Map(node), Cells::Map { ends, keys, values }) => {
                line.byte(b'{');
                let all = value::range(ends, row);
                for row in all.clone() {
                    self.element::<Q>(line, &Node::Plain, keys, row);
                    line.pop();
                    line.byte(b':');
                    self.element::<Q>(line, node, values, row);
                }
                close(line, all.is_empty(), b'}');
            }
            _ => unreachable!("the columns are those of the schema"),
        }
    }
}

/// Ends what has a comma after each of its elements.
pub(super) fn close(line: &mut ByteWriter<'_>, is_empty: bool, mark: u8) {
    if !is_empty {
        line.pop();
    }
    line.byte(mark);
}

/// Whether JSON has all of these characters as they are.
fn needs_no_escape(text: &[u8]) -> bool {
    // Without an early end, many bytes are looked at together.
    let needs =
        |byte: &u8| u8::from(*byte < b' ') | u8::from(*byte == b'"') | u8::from(*byte == b'\\');
    text.iter().fold(0, |any, byte| any | needs(byte)) == 0
}

#[inline(always)]
fn text<Q: Quote>(line: &mut ByteWriter<'_>, text: &str, is_plain: bool) {
    line.slice(Q::MARK);
    if is_plain || needs_no_escape(text.as_bytes()) {
        line.slice(text.as_bytes());
    } else {
        escaped::<Q>(line, text);
    }
    line.slice(Q::MARK);
}

/// RFC 8259.
#[cold]
fn escaped<Q: Quote>(line: &mut ByteWriter<'_>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for byte in text.bytes() {
        match byte {
            b'"' => {
                line.byte(b'\\');
                line.slice(Q::MARK);
            }
            b'\\' => line.chunk(b"\\\\"),
            b'\n' => line.chunk(b"\\n"),
            b'\r' => line.chunk(b"\\r"),
            b'\t' => line.chunk(b"\\t"),
            ..b' ' => {
                let [high, low] = [byte >> 4, byte & 15].map(|nibble| HEX[usize::from(nibble)]);
                line.chunk(&[b'\\', b'u', b'0', b'0', high, low]);
            }
            _ => line.byte(byte),
        }
    }
}
