//! The contract of [`EventLog`](crate::EventLog).
