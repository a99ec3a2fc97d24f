//! An envelope as a JSON object, one per line or in an array.

use emulator_domain::emulation::EmulationId;
use emulator_domain::record::{Field, LogicalType, Schema};
use emulator_domain::text::{ByteWriter, WriteText};

use crate::text_framing::TextFraming;
use crate::text_serializer::{Piece, TextSerializer};

/// JSON objects, one per line or in an array.
#[derive(Debug)]
pub(crate) struct Json {
    head: Piece<80>,
    /// Written before each field's value: the closing quotation mark of the previous value, a
    /// comma, the name, and the opening quotation mark of this value.
    before: Box<[Piece<32>]>,
    tail: Piece<8>,
    framing: TextFraming,
}

impl Json {
    /// One envelope per line.
    pub(crate) fn lines(id: EmulationId, schema: &Schema) -> Self {
        Self::new(id, schema, TextFraming::json_lines(), &[])
    }

    /// Envelopes in an array, all on one line; each message begins with the `mark` of its schema.
    pub(crate) fn array(id: EmulationId, schema: &Schema, mark: &[u8]) -> Self {
        Self::new(id, schema, TextFraming::json_array(), mark)
    }

    fn new(id: EmulationId, schema: &Schema, framing: TextFraming, mark: &[u8]) -> Self {
        let mut ends_before = ",\"data\":{";
        let mut before = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let mark = if is_quoted(field) { "\"" } else { "" };
            let text = format!("{ends_before}\"{}\":{mark}", field.name);
            before.push(Piece::new(text.as_bytes()));
            ends_before = if mark.is_empty() { "," } else { "\"," };
        }
        let last_mark = ends_before.trim_end_matches(',');
        let head = format!("{{\"emulation_id\":\"{id}\",\"timestamp\":");
        Self {
            head: Piece::new(&[mark, head.as_bytes()].concat()),
            before: before.into(),
            tail: Piece::new(&[last_mark.as_bytes(), b"}}", framing.separator].concat()),
            framing,
        }
    }
}

/// Whether the values of a field are always quoted.
pub(crate) const fn is_quoted(field: &Field) -> bool {
    match field.logical_type {
        LogicalType::Uuid
        | LogicalType::Text
        | LogicalType::Enum(_)
        | LogicalType::Timestamp
        | LogicalType::Date
        | LogicalType::Time
        | LogicalType::Ipv4 => !field.nullable,
        LogicalType::Integer
        | LogicalType::Decimal { .. }
        | LogicalType::Flag
        | LogicalType::Long
        | LogicalType::Float
        | LogicalType::Boolean
        | LogicalType::Struct(_)
        | LogicalType::Array(_)
        | LogicalType::Map(_) => false,
    }
}

impl TextSerializer for Json {
    #[inline(always)]
    fn head(&self) -> &Piece<80> {
        &self.head
    }

    #[inline(always)]
    fn before(&self, line: &mut ByteWriter<'_>, position: usize) {
        self.before[position].write(line);
    }

    #[inline(always)]
    fn tail(&self) -> &Piece<8> {
        &self.tail
    }

    #[inline(always)]
    fn text(line: &mut ByteWriter<'_>, value: &impl WriteText) {
        value.write(line);
    }

    #[inline(always)]
    fn present(line: &mut ByteWriter<'_>, write: impl FnOnce(&mut ByteWriter<'_>)) {
        line.byte(b'"');
        write(line);
        line.byte(b'"');
    }

    #[inline(always)]
    fn null(line: &mut ByteWriter<'_>) {
        line.chunk(b"null");
    }

    fn framing(&self) -> TextFraming {
        self.framing.clone()
    }
}
