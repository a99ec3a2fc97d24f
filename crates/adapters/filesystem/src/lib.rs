//! Folders and standard output.
//!
//! - [`FolderStore`]: objects as files, whole or not there.
//! - [`settings`]: the folder, as a setting of a service.
//! - [`Stdout`]: one stream of bytes, for a command in a pipe.

mod failure;
mod folder;
mod partial;
mod reader;
pub mod settings;
mod stdout;

pub use folder::FolderStore;
pub use stdout::Stdout;
