//! Folders and standard output.
//!
//! - [`FolderStore`]: objects as files, either complete or absent.
//! - [`settings`]: the folder, as a setting of a service.
//! - [`Stdout`]: a single stream of bytes, for a command in a pipe.
//! - [`FolderModels`]: uploaded models.
//! - [`CsvFolder`] and [`RejectFolder`]: the data warehouse's historical files, and the rows
//!   rejected from them.

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
