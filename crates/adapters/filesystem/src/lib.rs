//! Folders and standard output.
//!
//! - [`FolderStore`]: objects as files, whole or not there.
//! - [`Stdout`]: one stream of bytes, for a command in a pipe.

mod failure;
mod folder;
mod partial;
mod reader;
mod stdout;

pub use folder::FolderStore;
pub use stdout::Stdout;
