//! An envelope as a JSON object, alone on its line or in an array.

use emulator_domain::Record;
use emulator_domain::emulation::EmulationId;
use emulator_domain::record::FieldKind;
use emulator_domain::text::{ByteWriter, WriteText};
use emulator_ports::Framing;

use crate::text_serializer::{Piece, TextSerializer};

/// No record kind has more fields.
const MOST_FIELDS: usize = 12;

/// JSON objects, in an array or a line each.
#[derive(Debug)]
pub(crate) struct Json {
    head: Piece<80>,
    /// Before each field's value: the quotation mark that ends the value before, a comma, the name,
    /// and the mark that begins this value.
    before: [Piece<32>; MOST_FIELDS],
    tail: Piece<8>,
    array: bool,
}

impl Json {
    /// An envelope a line.
    pub(crate) fn lines<R: Record>(id: EmulationId) -> Self {
        Self::new::<R>(id, false)
    }

    /// Envelopes in an array, each on a line of its own.
    pub(crate) fn array<R: Record>(id: EmulationId) -> Self {
        Self::new::<R>(id, true)
    }

    fn new<R: Record>(id: EmulationId, array: bool) -> Self {
        let mut before = [Piece::new(""); MOST_FIELDS];
        let mut ends_before = ",\"data\":{";
        for (piece, field) in before.iter_mut().zip(R::FIELDS) {
            let mark = if is_quoted(field.kind) { "\"" } else { "" };
            *piece = Piece::new(&format!("{ends_before}\"{}\":{mark}", field.name));
            ends_before = if mark.is_empty() { "," } else { "\"," };
        }
        let mark = ends_before.trim_end_matches(',');
        let separator = if array { ",\n" } else { "\n" };
        Self {
            head: Piece::new(&format!("{{\"emulation_id\":\"{id}\",\"timestamp\":")),
            before,
            tail: Piece::new(&format!("{mark}}}}}{separator}")),
            array,
        }
    }
}

/// Whether values of this kind always stand between quotation marks.
const fn is_quoted(kind: FieldKind) -> bool {
    match kind {
        FieldKind::Uuid | FieldKind::Text | FieldKind::Time | FieldKind::Date | FieldKind::Ipv4 => {
            true
        }
        FieldKind::Integer | FieldKind::Decimal | FieldKind::OptionalTime | FieldKind::Flag => {
            false
        }
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
