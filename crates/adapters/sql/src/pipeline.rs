//! The pipeline's tables.
//!
//! Each batch is one SQL transaction: the rows, and the journals that distinguish the redelivery of
//! an event after a crash from another event with the same id. Once committed, all of it survives a
//! power failure; before that, none of it is there.

mod batch;
mod database;
mod postgres;
mod refusal;
mod sqlite;
mod table;

pub use database::SqlDatabase;
