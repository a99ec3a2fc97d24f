//! The tasks of a compute service.

mod row;
mod seal;
mod shared;
mod tables;
mod tasks;
mod writer;

pub use seal::{StateKey, StateKeyError};
pub use tasks::RedbTasks;
