//! What container files of Avro are made of, for everybody who writes or reads some.
//!
//! - [`varint`]: whole numbers.
//! - [`Codec`]: how blocks are compressed.
//! - [`MAGIC`]: how files begin.

mod codec;
pub mod varint;

pub use codec::Codec;

/// The first bytes of every file.
pub const MAGIC: [u8; 4] = *b"Obj\x01";
