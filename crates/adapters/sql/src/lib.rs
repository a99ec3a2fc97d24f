//! Tables in SQLite, PostgreSQL and MySQL.
//!
//! - [`SqlDatabase`]: `pipeline_ports::Database` on SQLite or PostgreSQL, chosen by the URL.
//! - [`open_warehouse`]: `warehouse_ports::Store` on any of the three.
//! - [`settings`]: the URL, as a setting of a service.

mod connection;
mod pipeline;
pub mod settings;
mod url;
mod warehouse;

pub use pipeline::SqlDatabase;
pub use warehouse::open_warehouse;
