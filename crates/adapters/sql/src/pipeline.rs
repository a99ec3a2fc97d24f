//! The pipeline's tables.
//!
//! Each batch is one SQL transaction: the rows, and the journals that tell an event that is
//! delivered again after a crash from another event with the same id. Once it is committed, all of
//! it survives a power cut; before that, none of it is there.

mod batch;
mod database;
mod postgres;
mod refusal;
mod sqlite;
mod table;

pub use database::SqlDatabase;
