//! The Data Emulator: assembles the adapters, starts the service and stops it.
//!
//! - [`cli`], [`arguments`] and [`settings`]: options and settings of the program.
//! - [`Application`]: the complete REST service; tests start it on port 0.
//! - [`Embedded`]: embedded Kafka, S3 store and schema registry, for users without their own.
//! - [`emulate`]: one run without a server.
//! - [`gate`]: measures whether the payments of a world are realistic.
//! - [`model`]: models of the user's own data.
//! - [`truth`]: lists the deliberate faults of a run.
//! - [`verify`]: checks that a destination holds what a run should have delivered.

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

/// Prefixes of the names of this service's own crates, for the logs.
pub const OWN_CRATES: &[&str] = &["data_emulator", "emulator_"];
