//! Values as JSON, standalone or in a CSV column.

use emulator_domain::record::{Cells, Column, Field, LogicalType, Presence};
use emulator_domain::text::ByteWriter;

use crate::digits::Times;
use crate::rows::measure::total;
use crate::rows::value::{self, CellText};
use crate::text_serializer::Piece;

/// How a quotation mark is written.
pub(in crate::rows) trait Quote {
    const MARK: &'static [u8];
}

/// Standalone JSON.
pub(in crate::rows) struct Alone;

impl Quote for Alone {
    const MARK: &'static [u8] = b"\"";
}

/// JSON inside the quotation marks of CSV.
pub(in crate::rows) struct Doubled;

impl Quote for Doubled {
    const MARK: &'static [u8] = b"\"\"";
}

/// How the values of a column are delimited.
pub(in crate::rows) enum Node {
    Plain,
    /// In quotation marks.
    Quoted,
    Struct(Object),
    Array(Box<Node>),
    Map(Box<Node>),
}

impl Node {
    pub(in crate::rows) fn new<Q: Quote>(logical_type: &LogicalType) -> Self {
        match logical_type {
            LogicalType::Struct(fields) => Self::Struct(Object::new::<Q>(fields)),
            LogicalType::Array(element) => {
                Self::Array(Box::new(Self::new::<Q>(&element.logical_type)))
            }
            LogicalType::Map(value) => Self::Map(Box::new(Self::new::<Q>(&value.logical_type))),
            LogicalType::Text
            | LogicalType::Enum(_)
            | LogicalType::Ipv4
            | LogicalType::Uuid
            | LogicalType::Date
            | LogicalType::Time
            | LogicalType::Timestamp => Self::Quoted,
            LogicalType::Integer
            | LogicalType::Flag
            | LogicalType::Long
            | LogicalType::Float
            | LogicalType::Decimal { .. }
            | LogicalType::Boolean => Self::Plain,
        }
    }

    /// The opening that all values of the node share.
    fn opening<Q: Quote>(&self) -> &'static [u8] {
        match self {
            Self::Quoted => Q::MARK,
            Self::Plain | Self::Struct(_) | Self::Array(_) | Self::Map(_) => b"",
        }
    }

    /// Size of the member names in the first `len` values of the column.
    pub(in crate::rows) fn names_room(&self, column: &Column, len: usize) -> usize {
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

/// The members of an object, in order.
pub(in crate::rows) struct Object(pub(in crate::rows) Box<[Member]>);

pub(in crate::rows) struct Member {
    pub(in crate::rows) name: Name,
    /// Written before a value that is present: `,"name":` and the value's opening.
    opening: Name,
    pub(in crate::rows) node: Node,
}

/// `"name":`, copied with a fixed size if it is short.
pub(in crate::rows) struct Name {
    short: Piece<32>,
    long: Box<[u8]>,
}

impl Object {
    pub(super) fn new<Q: Quote>(fields: &[Field]) -> Self {
        let member = |field: &Field| {
            let name = Name::new::<Q>(&field.name);
            let node = Node::new::<Q>(&field.logical_type);
            Member {
                opening: Name::from([b",", &*name.long, node.opening::<Q>()].concat()),
                name,
                node,
            }
        };
        Self(fields.iter().map(member).collect())
    }

    pub(super) fn names_room(&self, columns: &[Column], len: usize) -> usize {
        let members = self.0.iter().zip(columns);
        members
            .map(|(member, column)| {
                member.opening.long.len() * len + member.node.names_room(column, len)
            })
            .sum()
    }
}

impl Name {
    pub(in crate::rows) fn new<Q: Quote>(name: &str) -> Self {
        let mut bytes = vec![0; 6 * name.len() + 8 + ByteWriter::SLACK];
        let mut line = ByteWriter::new(&mut bytes, 0);
        line.slice(Q::MARK);
        text::<Q>(&mut line, name, false);
        line.byte(b':');
        let len = line.len();
        bytes.truncate(len);
        Self::from(bytes)
    }

    /// Its length in bytes.
    pub(in crate::rows) const fn len(&self) -> usize {
        self.long.len()
    }

    #[inline(always)]
    pub(in crate::rows) fn write(&self, line: &mut ByteWriter<'_>) {
        if self.long.len() <= 32 {
            self.short.write(line);
        } else {
            line.slice(&self.long);
        }
    }
}

impl From<Vec<u8>> for Name {
    fn from(bytes: Vec<u8>) -> Self {
        let short = if bytes.len() <= 32 { &bytes[..] } else { &[] };
        Self {
            short: Piece::new(short),
            long: bytes.into(),
        }
    }
}

/// Writes values.
pub(in crate::rows) struct Writer<'t> {
    pub(in crate::rows) is_plain: bool,
    pub(in crate::rows) times: &'t mut Times,
}

impl Writer<'_> {
    #[inline(always)]
    pub(super) fn object<Q: Quote>(
        &mut self,
        line: &mut ByteWriter<'_>,
        object: &Object,
        columns: &[Column],
        row: usize,
    ) {
        let start = line.len();
        for (member, column) in object.0.iter().zip(columns) {
            match column.presence(row) {
                Presence::Present => {
                    member.opening.write(line);
                    self.opened::<Q>(line, &member.node, &column.cells, row);
                }
                Presence::Null => {
                    line.byte(b',');
                    member.name.write(line);
                    line.chunk(b"null");
                }
                Presence::Missing => {}
            }
        }
        match line.written(start).first_mut() {
            Some(comma) => *comma = b'{',
            None => line.byte(b'{'),
        }
        line.byte(b'}');
    }

    /// `"key":` of an entry of a map.
    pub(in crate::rows) fn key<Q: Quote>(
        &mut self,
        line: &mut ByteWriter<'_>,
        keys: &Column,
        row: usize,
    ) {
        self.element::<Q>(line, &Node::Quoted, keys, row);
        line.pop();
        line.byte(b':');
    }

    /// An element of an array or map, which cannot be left out.
    pub(in crate::rows) fn element<Q: Quote>(
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

    /// A value that is present.
    #[inline(always)]
    pub(in crate::rows) fn present<Q: Quote>(
        &mut self,
        line: &mut ByteWriter<'_>,
        node: &Node,
        cells: &Cells,
        row: usize,
    ) {
        line.slice(node.opening::<Q>());
        self.opened::<Q>(line, node, cells, row);
    }

    /// The same, after the [`opening`](Node::opening) has been written.
    #[inline(always)]
    fn opened<Q: Quote>(
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
                line.apart(|line| self.nested::<Q>(line, node, cells, row));
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
                    self.key::<Q>(line, keys, row);
                    self.element::<Q>(line, node, values, row);
                }
                close(line, all.is_empty(), b'}');
            }
            _ => unreachable!("the columns are those of the schema"),
        }
    }
}

/// Closes a list whose elements all end with a comma.
pub(in crate::rows) fn close(line: &mut ByteWriter<'_>, is_empty: bool, mark: u8) {
    if !is_empty {
        line.pop();
    }
    line.byte(mark);
}

/// Whether JSON needs no escape for any of these characters.
pub(in crate::rows) fn needs_no_escape(text: &[u8]) -> bool {
    // Without an early exit the loop vectorises.
    let needs =
        |byte: &u8| u8::from(*byte < b' ') | u8::from(*byte == b'"') | u8::from(*byte == b'\\');
    text.iter().fold(0, |any, byte| any | needs(byte)) == 0
}

#[inline(always)]
fn text<Q: Quote>(line: &mut ByteWriter<'_>, text: &(impl CellText + ?Sized), is_plain: bool) {
    if is_plain || needs_no_escape(text.as_ref().as_bytes()) {
        text.write(line);
    } else {
        line.apart(|line| escaped::<Q>(line, text.as_ref()));
    }
    line.slice(Q::MARK);
}

/// Escapes as RFC 8259 requires.
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
