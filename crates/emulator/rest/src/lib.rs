//! The emulator over HTTP: a request becomes a use case's arguments, its result an answer.
//!
//! - [`routes`] are all routes; [`RestState`] is what they need.
//! - [`openapi_json`]: the document that describes the routes.

mod dto;
mod error;
mod openapi;
mod routes;

pub use openapi::openapi_json;
pub use routes::{RestState, routes};
