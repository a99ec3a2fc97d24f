//! Folders and standard output.
//!
//! - [`FolderStore`]: objects as files, whole or not there.
//! - [`settings`]: the folder, as a setting of a service.
//! - [`Stdout`]: one stream of bytes, for a command in a pipe.
//! - [`FolderModels`]: models that a service was given.
//! - [`CsvFolder`] and [`RejectFolder`]: the data warehouse's history, and what is rejected of it.

mod failure;
mod folder;
mod models;
mod partial;
mod reader;
pub mod settings;
mod stdout;
mod warehouse;

pub use folder::FolderStore;
pub use models::FolderModels;
pub use stdout::Stdout;
pub use warehouse::{CsvFile, CsvFolder, RejectFolder};
