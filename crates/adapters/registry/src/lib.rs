//! A schema registry that speaks Confluent's API: Confluent's own, Apicurio, Karapace, Redpanda.
//!
//! - [`HttpRegistry`]: `emulator_ports::SchemaRegistry` over HTTP.
//! - [`settings`]: which one, and how to log in.

mod config;
mod difference;
mod registry;
pub mod settings;

pub use config::{Login, RegistryConfig, RegistryConfigError};
pub use registry::HttpRegistry;
