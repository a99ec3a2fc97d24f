//! Text objects: assembled from records and split into records again.

use std::ops::Range;
use std::sync::Arc;

use emulator_ports::{Batch, ObjectFramer, ObjectFraming, ObjectSplitter};

use crate::text_framing::TextFraming;
use crate::text_splitter::TextSplitter;

/// The objects of one run.
pub(crate) struct TextObjects(pub(crate) Arc<TextFraming>);

impl ObjectFraming for TextObjects {
    fn header_len(&self) -> u64 {
        self.0.header.len() as u64
    }

    fn size(&self, batch: &Batch, records: Range<usize>) -> u64 {
        batch.stretch(records).len() as u64
    }

    /// Records are written one by one.
    fn batch_records(&self) -> Option<u64> {
        None
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
        // The separator after the last record is held back until another record follows.
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
