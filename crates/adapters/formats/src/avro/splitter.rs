//! Finds the records of a container file, even a damaged one.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::verification::{Damage, RecordLocation};
use emulator_ports::{ObjectSplitter, Payloads};
use platform_avro::varint;

use super::container::Container;
use super::schema::{AvroType, AvroValue, Primitive};

/// Maximum size of a block, before or after decompression.
const LARGEST: usize = 64 * 1024 * 1024;

/// Reads block by block. After an unreadable block it continues at the next sync marker.
pub(super) struct ContainerSplitter {
    container: Arc<Container>,
    at: At,
    /// Records so far.
    number: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Header,
    Block,
    /// Inside an unreadable block.
    Lost,
}

/// A complete block.
struct Block<'b> {
    count: i64,
    packed: &'b [u8],
    is_ended: bool,
    len: usize,
}

enum Found<'b> {
    Block(Block<'b>),
    /// More bytes are needed.
    Part,
    Nothing,
}

impl ContainerSplitter {
    pub(super) fn new(container: Arc<Container>) -> Self {
        Self {
            container,
            at: At::Header,
            number: 0,
        }
    }

    fn block<'b>(&self, bytes: &'b [u8]) -> Found<'b> {
        let mut rest = bytes;
        let (Some(count), Some(size)) = (varint::read(&mut rest), varint::read(&mut rest)) else {
            return if bytes.len() < 20 {
                Found::Part
            } else {
                Found::Nothing
            };
        };
        let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST);
        let Some(size) = size.filter(|_| count > 0) else {
            return Found::Nothing;
        };
        let marker = self.container.marker;
        let Some(end) = rest.get(size..size + marker.len()) else {
            return Found::Part;
        };
        Found::Block(Block {
            count,
            packed: &rest[..size],
            is_ended: end == marker,
            len: bytes.len() - rest.len() + size + marker.len(),
        })
    }

    /// The records of a block, if the whole block can be read.
    fn records(&self, block: &Block<'_>) -> Option<(Vec<u8>, Vec<Range<usize>>)> {
        let packed = block.packed.to_vec();
        let bytes = self.container.codec.unpack(packed, LARGEST).ok()?;
        let mut rest = bytes.as_slice();
        let mut records = Vec::new();
        for _ in 0..block.count {
            let start = bytes.len() - rest.len();
            skip(&mut rest, self.container.schema.record())?;
            records.push(start..bytes.len() - rest.len());
        }
        rest.is_empty().then_some((bytes, records))
    }
}

/// Skips a value.
fn skip(rest: &mut &[u8], kind: &AvroType) -> Option<()> {
    match kind {
        AvroType::Primitive(primitive, _) => {
            let len = match primitive {
                Primitive::Boolean => 1,
                Primitive::Double => 8,
                Primitive::Int | Primitive::Long => {
                    varint::read(rest)?;
                    0
                }
                Primitive::Bytes | Primitive::String => {
                    usize::try_from(varint::read(rest)?).ok()?
                }
            };
            *rest = rest.get(len..)?;
        }
        AvroType::Enum { .. } => {
            varint::read(rest)?;
        }
        AvroType::Record { fields, .. } => {
            for field in fields {
                skip_value(rest, &field.value)?;
            }
        }
        AvroType::Array(element) => skip_blocks(rest, |rest| skip_value(rest, element))?,
        AvroType::Map(value) => skip_blocks(rest, |rest| {
            let key = usize::try_from(varint::read(rest)?).ok()?;
            *rest = rest.get(key..)?;
            skip_value(rest, value)
        })?,
    }
    Some(())
}

pub(crate) fn skip_value(rest: &mut &[u8], value: &AvroValue) -> Option<()> {
    if value.nullable {
        match varint::read(rest)? {
            0 => return Some(()),
            1 => {}
            _ => return None,
        }
    }
    skip(rest, &value.kind)
}

/// Skips elements in blocks, each of which begins with its element count.
fn skip_blocks(rest: &mut &[u8], skip: impl Fn(&mut &[u8]) -> Option<()>) -> Option<()> {
    loop {
        match varint::read(rest)? {
            0 => return Some(()),
            count => (0..count).try_for_each(|_| skip(rest))?,
        }
    }
}

impl ObjectSplitter for ContainerSplitter {
    fn split(
        &mut self,
        bytes: &[u8],
        payloads: &mut Payloads,
        place: &mut RecordLocation,
    ) -> usize {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            match self.at {
                At::Header => {
                    let header = &self.container.header;
                    let Some(found) = rest.get(..header.len()) else {
                        return used;
                    };
                    if found != header {
                        place.damaged(Damage::Header);
                    }
                    used += header.len();
                    self.at = At::Block;
                }
                At::Block => match self.block(rest) {
                    Found::Part => return used,
                    Found::Nothing => {
                        place.damaged(Damage::Block);
                        self.at = At::Lost;
                    }
                    Found::Block(block) => match self.records(&block) {
                        None => {
                            place.damaged(Damage::Block);
                            if block.is_ended {
                                used += block.len;
                            } else {
                                self.at = At::Lost;
                            }
                        }
                        Some((unpacked, records)) => {
                            if !block.is_ended {
                                place.damaged(Damage::Separator);
                            }
                            for record in records {
                                payloads.push(self.number, &unpacked[record]);
                                self.number += 1;
                            }
                            used += block.len;
                        }
                    },
                },
                At::Lost => {
                    let marker = self.container.marker;
                    let mut places = rest.windows(marker.len());
                    let Some(found) = places.position(|bytes| bytes == marker) else {
                        return used + rest.len().saturating_sub(marker.len() - 1);
                    };
                    used += found + marker.len();
                    self.at = At::Block;
                }
            }
        }
    }

    fn finish(&mut self, bytes: &[u8], _: &mut Payloads, place: &mut RecordLocation) {
        match self.at {
            At::Block if bytes.is_empty() => {}
            At::Block | At::Header => place.damaged(Damage::Cut),
            // The last block has already been reported as unreadable.
            At::Lost => {}
        }
    }
}
