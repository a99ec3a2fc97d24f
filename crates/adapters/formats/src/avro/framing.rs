//! Container files.

use std::ops::Range;
use std::sync::Arc;

use emulator_ports::{Batch, ObjectFramer, ObjectFraming, ObjectSplitter};
use platform_avro::varint;

use super::container::Container;
use super::splitter::ContainerSplitter;

/// Records per block, some 150 kB. A reader decompresses whole blocks, and damage costs at most one
/// block.
const BLOCK_RECORDS: i64 = 1024;
/// A block of long records ends early once it has this many bytes.
const BLOCK_BYTES: usize = 4 << 20;

/// Assembles and splits container files.
pub(super) struct ContainerFraming(pub(super) Arc<Container>);

impl ObjectFraming for ContainerFraming {
    fn header_len(&self) -> u64 {
        self.0.header.len() as u64
    }

    fn size(&self, batch: &Batch, records: Range<usize>) -> u64 {
        records.map(|at| batch.payload(at).len() as u64).sum()
    }

    /// Records are written one by one.
    fn batch_records(&self) -> Option<u64> {
        None
    }

    fn framer(&self) -> Box<dyn ObjectFramer> {
        Box::new(ContainerFramer {
            container: self.0.clone(),
            has_begun: false,
            block: Vec::new(),
            block_records: 0,
            packed: Vec::new(),
            out: Vec::new(),
        })
    }

    fn splitter(&self) -> Box<dyn ObjectSplitter> {
        Box::new(ContainerSplitter::new(self.0.clone()))
    }
}

struct ContainerFramer {
    container: Arc<Container>,
    has_begun: bool,
    block: Vec<u8>,
    block_records: i64,
    packed: Vec<u8>,
    out: Vec<u8>,
}

impl ContainerFramer {
    fn end_block(&mut self) {
        if self.block_records == 0 {
            return;
        }
        self.packed.clear();
        let packed = self.container.codec.pack(&self.block, &mut self.packed);
        packed.expect("a block is packed into memory");
        varint::write(self.block_records, &mut self.out);
        varint::write(self.packed.len() as i64, &mut self.out);
        self.out.extend(&self.packed);
        self.out.extend(self.container.marker);
        self.block.clear();
        self.block_records = 0;
    }
}

impl ObjectFramer for ContainerFramer {
    fn append<'a>(&'a mut self, batch: &'a Batch, records: Range<usize>) -> [&'a [u8]; 2] {
        self.out.clear();
        if !std::mem::replace(&mut self.has_begun, true) {
            self.out.extend(&self.container.header);
        }
        for position in records {
            self.block.extend_from_slice(batch.payload(position));
            self.block_records += 1;
            if self.block_records == BLOCK_RECORDS || self.block.len() >= BLOCK_BYTES {
                self.end_block();
            }
        }
        [&self.out, &[]]
    }

    fn finish(&mut self) -> &[u8] {
        self.out.clear();
        self.end_block();
        &self.out
    }
}
