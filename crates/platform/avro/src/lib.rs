//! The building blocks of Avro container files, for all crates that read or write them.
//!
//! - [`varint`]: whole numbers.
//! - [`Codec`]: compression of blocks.
//! - [`MAGIC`]: the first bytes of a file.

mod codec;
pub mod varint;

pub use codec::Codec;

/// The first bytes of every file.
pub const MAGIC: [u8; 4] = *b"Obj\x01";
