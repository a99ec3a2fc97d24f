//! What all services of the workspace share at startup and shutdown.
//!
//! - [`bounded_file`]: reads external files with a size limit.
//! - [`program`]: the framework of `main`.
//! - [`output`]: what a command writes to standard output.
//! - [`command`]: the options of every command.
//! - [`exit_codes`]: the exit codes of every command, for its help.
//! - [`descriptors`]: the limit of open files and connections.
//! - [`settings`]: one table per service defines all settings; they come from defaults, a file, the
//!   environment and the command line, each overriding the one before.
//! - [`telemetry`]: logs on standard error and metrics in Prometheus' format.
//! - [`shutdown`]: signals, and a bounded wait for what is still running.
//! - [`tls`]: the TLS implementation of the process.

pub mod bounded_file;
pub mod command;
pub mod descriptors;
pub mod exit_codes;
pub mod output;
pub mod program;
pub mod settings;
pub mod shutdown;
pub mod telemetry;
pub mod tls;
pub mod units;
