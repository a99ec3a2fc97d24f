//! What every service of the workspace starts and stops with.
//!
//! - [`bounded_file`]: files from outside, read no further than allowed.
//! - [`program`]: the frame of `main`.
//! - [`command`]: the options of every command.
//! - [`descriptors`]: how many files and connections the process may have open.
//! - [`settings`]: one table per service says which settings there are; they come from defaults, a
//!   file, the environment and the command line, each stronger than the one before.
//! - [`telemetry`]: logs on standard error and metrics in Prometheus' format.
//! - [`shutdown`]: the signals, and the bounded wait for what still runs.
//! - [`tls`]: the one TLS implementation of the process.

pub mod bounded_file;
pub mod command;
pub mod descriptors;
pub mod program;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod tls;
pub mod units;
