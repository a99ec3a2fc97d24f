//! The ports of the pipeline simulator: small traits whose docs state their contracts.
//!
//! - [`EventLog`] and [`EventConsumer`]: consume events in order, and write what follows from them
//!   in the same transaction as the offsets; [`EventReplay`] reads events again.
//! - [`EventSink`]: sends events.
//! - [`Database`]: the tables in which rows land.
//! - [`Arrivals`]: the topics on which ids have arrived, stored on disk.
//! - [`Cluster`]: topics, messages and consumer groups, for the monitor.
//! - [`Spreadsheets`] and [`Reports`]: the files at both ends of the pipeline.
//!
//! Every call fails with a [`PortError`], whose kind says what the caller can do about it.
//!
//! With the feature `contract`, the module `contract` has a test suite for each port that stores
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
