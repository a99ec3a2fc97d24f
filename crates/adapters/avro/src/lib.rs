//! Backups as Avro container files.
//!
//! - [`BackupFolder`]: `warehouse_ports::Backups` in a folder.
//!
//! A file holds records named as their table, of `int`, `string`, and unions of these with `null`
//! where a field may be empty. Encoder and decoder go straight between bytes and rows: a tree of
//! values in between costs more than all the rest. Files of other programs are read if they have
//! the same fields in the same order; blocks may be plain, deflated, Snappy or Zstandard.

mod backups;
mod folder;
mod header;
mod name;
mod reader;
mod writer;

pub use folder::BackupFolder;
pub use platform_avro::Codec;
