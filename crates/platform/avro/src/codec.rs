//! Compression of blocks.

use std::io::{self, Read, Write};

/// The compression of a file's blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    Null,
    /// Deflate, which every Avro reader supports.
    Deflate,
    /// Snappy, followed by a checksum of the uncompressed block.
    Snappy,
    /// Zstandard: faster and smaller.
    Zstandard,
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Null, Self::Deflate, Self::Snappy, Self::Zstandard];

    /// The name in Avro headers and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Deflate => "deflate",
            Self::Snappy => "snappy",
            Self::Zstandard => "zstandard",
        }
    }

    /// The codec with this name in a header.
    pub fn named(name: &[u8]) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|codec| codec.name().as_bytes() == name)
    }

    /// Compresses the block and appends it to `packed`. Deterministic.
    ///
    /// # Errors
    /// Those of the codec.
    pub fn pack(self, block: &[u8], packed: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Null => packed.extend_from_slice(block),
            Self::Deflate => {
                let level = flate2::Compression::fast();
                flate2::write::DeflateEncoder::new(packed, level).write_all(block)?;
            }
            Self::Snappy => {
                packed.extend(snap::raw::Encoder::new().compress_vec(block)?);
                packed.extend(crc32fast::hash(block).to_be_bytes());
            }
            Self::Zstandard => zstd::stream::copy_encode(block, packed, 1)?,
        }
        Ok(())
    }

    /// Decompresses a block, if it is intact and no larger than `limit`.
    ///
    /// # Errors
    /// If it is not.
    pub fn unpack(self, packed: Vec<u8>, limit: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Null => Ok(packed),
            Self::Deflate => limited(flate2::read::DeflateDecoder::new(&*packed), limit),
            Self::Snappy => snappy(&packed, limit),
            Self::Zstandard => limited(zstd::stream::read::Decoder::new(&*packed)?, limit),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_unpacked_as_it_was_packed_and_none_beyond_the_limit() {
        let block: Vec<u8> = (0..100_000_u32).map(|number| (number / 7) as u8).collect();
        for codec in Codec::ALL {
            assert_eq!(Codec::named(codec.name().as_bytes()), Some(codec));
            let mut packed = Vec::new();
            codec.pack(&block, &mut packed).unwrap();
            assert_eq!(codec.unpack(packed.clone(), block.len()).unwrap(), block);
            if codec != Codec::Null {
                assert!(codec.unpack(packed.clone(), block.len() - 1).is_err());
                packed.truncate(packed.len() / 2);
                assert!(codec.unpack(packed, block.len()).is_err(), "{codec:?}");
            }
        }
    }
}
