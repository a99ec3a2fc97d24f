//! What the pipeline simulator needs from outside, each need a small trait with its contract in
//! its docs.
//!
//! - [`EventLog`] and [`EventConsumer`]: events read in order, and what follows from them written in
//!   the same transaction as the progress; [`EventReplay`]: events read again.
//! - [`EventSink`]: events to be sent.
//! - [`Database`]: tables that rows land in.
//! - [`Arrivals`]: on which topics ids have arrived, remembered on disk.
//! - [`Cluster`]: topics, messages and consumer groups, for the monitor.
//! - [`Spreadsheets`] and [`Reports`]: files of the beginning and the end.
//!
//! Every call fails with a [`PortError`], whose kind says what the caller can do about it.
//!
//! With the feature `contract`, the module `contract` has a suite for each port that keeps
//! something, which every adapter runs.

mod arrivals;
mod cluster;
mod database;
mod error;
mod log;
mod report;
mod sink;
mod spreadsheets;

#[cfg(feature = "contract")]
pub mod contract;

pub use arrivals::{Arrivals, Durability};
pub use cluster::{
    Cluster, Excerpt, GroupPartition, GroupView, MessagePage, MessageQuery, MessageView,
    PartitionView, TopicView,
};
pub use database::Database;
pub use error::{PortError, PortErrorKind};
pub use log::{EventBatch, EventConsumer, EventLog, EventReplay, Group, Outgoing, Stored, Topic};
pub use report::{AnalysisReport, Reports};
pub use sink::{EventSink, Receipt};
pub use spreadsheets::{Sheet, Spreadsheets};
