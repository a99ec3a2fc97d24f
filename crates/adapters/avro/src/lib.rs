//! Backups as Avro container files.
//!
//! - [`BackupFolder`]: `warehouse_ports::Backups` in a folder.
//!
//! A file holds records named after their table, with fields of `int`, `string`, and unions of
//! these with `null` for optional fields. Encoder and decoder convert directly between bytes and
//! rows: an intermediate tree of values would cost more than everything else. Files of other
//! programs can be read if they have the same fields in the same order; blocks may be uncompressed,
//! deflated, Snappy or Zstandard.

mod backups;
mod folder;
mod header;
mod name;
mod reader;
mod writer;

pub use folder::BackupFolder;
pub use platform_avro::Codec;
