//! Tables in SQLite and PostgreSQL.
//!
//! - [`SqlDatabase`]: `pipeline_ports::Database` on either, chosen by the URL.
//! - [`settings`]: the URL, as a setting of a service.

mod connection;
mod pipeline;
pub mod settings;
mod url;

pub use pipeline::SqlDatabase;
