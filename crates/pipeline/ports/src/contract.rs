//! Test suites for the contracts of the ports.

pub mod arrivals;
pub mod database;
pub mod log;
