//! An envelope as a JSON object, alone on its line or in an array.

use emulator_domain::emulation::EmulationId;
use emulator_domain::record::{Field, LogicalType, Schema};
use emulator_domain::text::{ByteWriter, WriteText};
use emulator_ports::Framing;

use crate::text_serializer::{Piece, TextSerializer};

/// JSON objects, in an array or a line each.
#[derive(Debug)]
pub(crate) struct Json {
    head: Piece<80>,
    /// Before each field's value: the quotation mark that ends the value before, a comma, the name,
    /// and the mark that begins this value.
    before: Box<[Piece<32>]>,
    tail: Piece<8>,
    array: bool,
}

impl Json {
    /// An envelope a line.
    pub(crate) fn lines(id: EmulationId, schema: &Schema) -> Self {
        Self::new(id, schema, false)
    }

    /// Envelopes in an array, each on a line of its own.
    pub(crate) fn array(id: EmulationId, schema: &Schema) -> Self {
        Self::new(id, schema, true)
    }

    fn new(id: EmulationId, schema: &Schema, array: bool) -> Self {
        let mut ends_before = ",\"data\":{";
        let mut before = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let mark = if is_quoted(field) { "\"" } else { "" };
            before.push(Piece::new(&format!(
                "{ends_before}\"{}\":{mark}",
                field.name
            )));
            ends_before = if mark.is_empty() { "," } else { "\"," };
        }
        let mark = ends_before.trim_end_matches(',');
        let separator = if array { ",\n" } else { "\n" };
        Self {
            head: Piece::new(&format!("{{\"emulation_id\":\"{id}\",\"timestamp\":")),
            before: before.into(),
            tail: Piece::new(&format!("{mark}}}}}{separator}")),
            array,
        }
    }
}

/// Whether the values of a field always stand between quotation marks.
const fn is_quoted(field: &Field) -> bool {
    match field.logical_type {
        LogicalType::Uuid
        | LogicalType::Text
        | LogicalType::Timestamp
        | LogicalType::Date
        | LogicalType::Ipv4 => !field.nullable,
        LogicalType::Integer | LogicalType::Decimal { .. } | LogicalType::Flag => false,
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

    fn framing(&self) -> Framing {
        if self.array {
            Framing {
                header: b"[\n".to_vec(),
                separator: b",\n",
                separator_ends: false,
                footer: b"\n]\n",
            }
        } else {
            Framing {
                header: Vec::new(),
                separator: b"\n",
                separator_ends: true,
                footer: b"",
            }
        }
    }
}
