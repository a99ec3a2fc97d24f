//! Objects of length-delimited messages.

use std::ops::Range;

use emulator_domain::text::ByteWriter;
use emulator_domain::verification::{Damage, RecordLocation};
use emulator_ports::{Batch, ObjectFramer, ObjectFraming, ObjectSplitter, Payloads};

use crate::varint;

/// Assembles and splits length-delimited objects.
pub(super) struct Delimited {
    /// Upper bound of a record, in bytes.
    pub(super) longest: u64,
}

impl ObjectFraming for Delimited {
    fn header_len(&self) -> u64 {
        0
    }

    fn size(&self, batch: &Batch, records: Range<usize>) -> u64 {
        let len = |len: usize| (len + prefix(len).1) as u64;
        records.map(|at| len(batch.payload(at).len())).sum()
    }

    /// Records are written one by one.
    fn batch_records(&self) -> Option<u64> {
        None
    }

    fn framer(&self) -> Box<dyn ObjectFramer> {
        Box::new(DelimitedFramer::default())
    }

    fn splitter(&self) -> Box<dyn ObjectSplitter> {
        Box::new(DelimitedSplitter {
            longest: self.longest,
            number: 0,
            is_lost: false,
        })
    }
}

/// The length prefix of a message, and how many of its bytes are used.
fn prefix(len: usize) -> ([u8; 20], usize) {
    let mut bytes = [0; 20];
    let mut line = ByteWriter::new(&mut bytes, 0);
    varint::write(&mut line, len as u64);
    let width = line.len();
    (bytes, width)
}

#[derive(Default)]
struct DelimitedFramer {
    out: Vec<u8>,
}

impl ObjectFramer for DelimitedFramer {
    fn append<'a>(&'a mut self, batch: &'a Batch, records: Range<usize>) -> [&'a [u8]; 2] {
        self.out.clear();
        for position in records {
            let payload = batch.payload(position);
            let (length, width) = prefix(payload.len());
            self.out.extend_from_slice(&length[..width]);
            self.out.extend_from_slice(payload);
        }
        [&self.out, &[]]
    }

    fn finish(&mut self) -> &[u8] {
        &[]
    }
}

struct DelimitedSplitter {
    longest: u64,
    /// Records so far.
    number: u64,
    /// A length was wrong, so the start of the next message is unknown.
    is_lost: bool,
}

/// Decodes a varint; returns it and its length.
pub(crate) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    None
}

impl ObjectSplitter for DelimitedSplitter {
    fn split(
        &mut self,
        bytes: &[u8],
        payloads: &mut Payloads,
        place: &mut RecordLocation,
    ) -> usize {
        let mut used = 0;
        while !self.is_lost {
            let rest = &bytes[used..];
            let (len, width) = match varint(rest) {
                Some(found) => found,
                None if rest.len() < 10 => return used,
                None => (u64::MAX, 0),
            };
            if len > self.longest {
                place.damaged(Damage::Block);
                self.is_lost = true;
                break;
            }
            let end = width + len as usize;
            let Some(payload) = rest.get(width..end) else {
                return used;
            };
            payloads.push(self.number, payload);
            self.number += 1;
            used += end;
        }
        bytes.len()
    }

    fn finish(&mut self, bytes: &[u8], _: &mut Payloads, place: &mut RecordLocation) {
        if !bytes.is_empty() {
            place.damaged(Damage::Cut);
        }
    }
}
