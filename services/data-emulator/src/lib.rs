//! The Data Emulator: chooses the adapters, starts the service and stops it.
//!
//! - [`cli`], [`arguments`] and [`settings`]: what the program can be told.
//! - [`Application`]: the REST service, whole; tests start it on port 0.
//! - [`Embedded`]: a Kafka and an S3 store inside the process, for those who have none.
//! - [`emulate`]: one run without a server.
//! - [`gate`]: whether the payments of a world can be believed.
//! - [`model`]: models of the user's own data.
//! - [`truth`]: what was wrong on purpose in a run.
//! - [`verify`]: whether a destination holds what a run should have left there.

mod application;
mod composition;
mod embedded;
mod failure;
mod models;
mod population;

pub mod arguments;
pub mod cli;
pub mod emulate;
pub mod gate;
pub mod model;
pub mod settings;
pub mod truth;
pub mod verify;

pub use application::Application;
pub use composition::requestable;
pub use embedded::Embedded;
pub use failure::is_transient;

/// How the names of this service's own crates begin, for the logs.
pub const OWN_CRATES: &[&str] = &["data_emulator", "emulator_"];
