//! A Core engine over HTTP: registration, signs of life and callbacks.
//!
//! - [`HttpEngines`]: the service made known to engines, and kept known.
//! - [`HttpCallbacks`]: the senders of tasks, told how a task ended.

mod callbacks;
mod engines;
mod wire;

pub use callbacks::HttpCallbacks;
pub use engines::HttpEngines;
