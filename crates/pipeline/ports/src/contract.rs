//! Suites that show whether an adapter keeps the contract of a port.

pub mod arrivals;
pub mod database;
pub mod log;
