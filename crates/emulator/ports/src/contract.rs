//! Contract suites: what every adapter of a port must do, as tests that the adapter runs.
//!
//! A suite panics with the sentence of the contract that does not hold.

pub mod clock;
pub mod destination;
pub mod object_source;
pub mod object_store;
pub mod repository;
pub mod topic_source;
