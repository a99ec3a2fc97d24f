//! Tables in SQLite and PostgreSQL.
//!
//! - [`SqlDatabase`]: `pipeline_ports::Database` on either, chosen by the URL.

mod connection;
mod pipeline;
mod url;

pub use pipeline::SqlDatabase;
