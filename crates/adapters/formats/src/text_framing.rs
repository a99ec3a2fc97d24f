//! Objects of text: a header, records with separators between them, a footer.

use std::ops::Range;
use std::sync::Arc;

use emulator_ports::{Batch, ObjectFramer, ObjectFraming, ObjectSplitter};

use crate::text_splitter::TextSplitter;

/// What stands around records in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextFraming {
    /// Before the first record.
    pub(crate) header: Vec<u8>,
    /// After every record of a batch, and no part of it. Its last byte stands in no record.
    pub(crate) separator: &'static [u8],
    /// Whether the separator also stands after the last record of an object.
    pub(crate) separator_ends: bool,
    /// After the last record.
    pub(crate) footer: &'static [u8],
}

impl TextFraming {
    /// The byte at which an object can be cut into records.
    pub(crate) fn line_end(&self) -> u8 {
        *self.separator.last().expect("separators are not empty")
    }
}

/// For one run.
pub(crate) struct TextObjects(pub(crate) Arc<TextFraming>);

impl ObjectFraming for TextObjects {
    fn header_len(&self) -> u64 {
        self.0.header.len() as u64
    }

    fn size(&self, batch: &Batch, records: Range<usize>) -> u64 {
        batch.stretch(records).len() as u64
    }

    fn framer(&self) -> Box<dyn ObjectFramer> {
        Box::new(TextFramer {
            framing: self.0.clone(),
            has_records: false,
        })
    }

    fn splitter(&self) -> Box<dyn ObjectSplitter> {
        Box::new(TextSplitter::new(self.0.clone()))
    }
}

struct TextFramer {
    framing: Arc<TextFraming>,
    has_records: bool,
}

impl ObjectFramer for TextFramer {
    fn append<'a>(&'a mut self, batch: &'a Batch, records: Range<usize>) -> [&'a [u8]; 2] {
        let framing = &*self.framing;
        let stretch = batch.stretch(records);
        let first = !std::mem::replace(&mut self.has_records, true);
        if framing.separator_ends {
            return [if first { &framing.header } else { &[] }, stretch];
        }
        // The separator of the last record waits for the next record.
        let before = if first {
            &framing.header
        } else {
            framing.separator
        };
        [before, &stretch[..stretch.len() - framing.separator.len()]]
    }

    fn finish(&mut self) -> &[u8] {
        self.framing.footer
    }
}
