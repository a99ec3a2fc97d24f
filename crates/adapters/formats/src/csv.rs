//! RFC 4180: an envelope and its record as the columns of one line, ended by CR and LF.

use emulator_domain::emulation::EmulationId;
use emulator_domain::record::Schema;
use emulator_domain::text::{ByteWriter, WriteText};

use crate::text_framing::TextFraming;
use crate::text_serializer::{Piece, TextSerializer};

const LINE_END: &str = "\r\n";

/// CSV lines. A null is an empty field.
#[derive(Debug)]
pub(crate) struct Csv {
    head: Piece<80>,
    tail: Piece<8>,
    header: String,
}

impl Csv {
    pub(crate) fn new(id: EmulationId, schema: &Schema) -> Self {
        let columns: Vec<_> = schema.columns().collect();
        Self {
            head: Piece::new(format!("{id},").as_bytes()),
            tail: Piece::new(LINE_END.as_bytes()),
            header: columns.join(","),
        }
    }
}

impl TextSerializer for Csv {
    #[inline(always)]
    fn head(&self) -> &Piece<80> {
        &self.head
    }

    #[inline(always)]
    fn before(&self, line: &mut ByteWriter<'_>, _position: usize) {
        line.byte(b',');
    }

    #[inline(always)]
    fn tail(&self) -> &Piece<8> {
        &self.tail
    }

    #[inline(always)]
    fn text(line: &mut ByteWriter<'_>, value: &impl WriteText) {
        // Texts never contain a quotation mark, so only a comma requires quotes. Quotes are always
        // written and then either counted or overwritten: a branch on the comma would be
        // unpredictable.
        let quotes = usize::from(value.has_comma());
        line.padded(b"\"", quotes);
        value.write(line);
        line.padded(b"\"", quotes);
    }

    #[inline(always)]
    fn present(line: &mut ByteWriter<'_>, write: impl FnOnce(&mut ByteWriter<'_>)) {
        write(line);
    }

    #[inline(always)]
    fn null(_line: &mut ByteWriter<'_>) {}

    fn framing(&self) -> TextFraming {
        TextFraming::csv(&self.header)
    }
}
