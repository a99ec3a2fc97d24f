//! What every adapter of a port must do, as suites that its tests run.
//!
//! A suite panics with the sentence that does not hold.

pub mod clock;
pub mod destination;
pub mod object_source;
pub mod object_store;
pub mod repository;
pub mod topic_source;
