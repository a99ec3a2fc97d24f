//! Tables in SQLite and PostgreSQL.
//!
//! - [`SqlDatabase`]: `pipeline_ports::Database` on either, chosen by the URL.
//!
//! Each batch is one SQL transaction: the rows, and the journals that tell an event that comes
//! again after a crash from another event with the same id. When it is over, all of it survives a
//! power cut; before, nothing of it is there.

mod batch;
mod connection;
mod database;
mod postgres;
mod sqlite;
mod table;
mod url;

pub use database::SqlDatabase;
