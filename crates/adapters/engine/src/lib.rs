//! A Core engine over HTTP: registration, heartbeats and callbacks.
//!
//! - [`HttpEngines`]: registers the service with engines and keeps it registered.
//! - [`HttpCallbacks`]: notifies the senders of tasks how a task ended.

mod callbacks;
mod engines;
mod wire;

pub use callbacks::HttpCallbacks;
pub use engines::HttpEngines;
