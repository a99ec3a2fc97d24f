//! Tables in SQLite, PostgreSQL and MySQL.
//!
//! - [`SqlDatabase`]: `pipeline_ports::Database` on SQLite or PostgreSQL, chosen by the URL.
//! - [`open_warehouse`]: `warehouse_ports::Store` on any of the three.
//! - [`open_table`]: `emulator_ports::TableSource` on SQLite or PostgreSQL.
//! - [`settings`]: the URL, as a setting of a service.

mod connection;
mod emulator;
mod pipeline;
pub mod settings;
mod url;
mod warehouse;

pub use emulator::open_table;
pub use pipeline::SqlDatabase;
pub use warehouse::open_warehouse;
