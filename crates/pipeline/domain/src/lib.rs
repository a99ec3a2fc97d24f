//! The pipeline: rows of spreadsheets become events of three topics, land in three
//! tables, and each id is acknowledged when it has arrived on all three.
//!
//! Pure: no I/O, no clock, no thread.
//!
//! - [`source`]: the three sources, their topics, tables and columns; names in a cluster.
//! - [`row`]: a row, and the event that carries it; what is wrong with an event that carries none.
//! - [`sheet`]: from the cells of a spreadsheet to rows.
//! - [`sample`]: sample rows.
//! - [`log`]: partitions and offsets.
//! - [`landing`]: which events have put their row into a table, even across crashes.
//! - [`arrival`]: the topics on which an id has arrived.
//! - [`analysis`]: time series, and the delay between last arrival and acknowledgement.

pub mod analysis;
pub mod arrival;
pub mod landing;
pub mod log;
pub mod row;
pub mod sample;
pub mod sheet;
pub mod source;
