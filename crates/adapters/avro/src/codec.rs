//! How blocks are compressed.

use std::io::{self, Read, Write};

/// How the blocks of new files are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    Null,
    /// Deflate, which every reader of Avro knows.
    Deflate,
    /// Zstandard: faster and smaller.
    Zstandard,
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Null, Self::Deflate, Self::Zstandard];

    /// As Avro's header and settings name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Deflate => "deflate",
            Self::Zstandard => "zstandard",
        }
    }

    /// Appends the block to `packed`.
    pub(crate) fn pack(self, block: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Null => packed.extend_from_slice(block),
            Self::Deflate => {
                let level = flate2::Compression::fast();
                flate2::write::DeflateEncoder::new(packed, level).write_all(block)?;
            }
            Self::Zstandard => zstd::stream::copy_encode(block, packed, 1)?,
        }
        Ok(())
    }
}

/// What the blocks of a file are unpacked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpacker {
    Null,
    Deflate,
    Snappy,
    Zstandard,
}

impl Unpacker {
    pub(crate) const NAMES: &str = "null, deflate, snappy or zstandard";

    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"null" => Self::Null,
            b"deflate" => Self::Deflate,
            b"snappy" => Self::Snappy,
            b"zstandard" => Self::Zstandard,
            _ => return None,
        })
    }

    /// The block, if it is whole and no larger than `limit`.
    pub(crate) fn unpack(self, packed: Vec<u8>, limit: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Null => Ok(packed),
            Self::Deflate => limited(flate2::read::DeflateDecoder::new(&*packed), limit),
            Self::Zstandard => limited(zstd::stream::read::Decoder::new(&*packed)?, limit),
            Self::Snappy => snappy(&packed, limit),
        }
    }
}

fn limited(unpacked: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut block = Vec::new();
    unpacked.take(limit as u64 + 1).read_to_end(&mut block)?;
    if block.len() > limit {
        return Err(too_large());
    }
    Ok(block)
}

/// A checksum of what was packed follows.
fn snappy(packed: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    let (packed, sum) = packed
        .split_last_chunk()
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    if snap::raw::decompress_len(packed)? > limit {
        return Err(too_large());
    }
    let block = snap::raw::Decoder::new().decompress_vec(packed)?;
    if crc32fast::hash(&block) != u32::from_be_bytes(*sum) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the checksum does not match",
        ));
    }
    Ok(block)
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the block is too large")
}
