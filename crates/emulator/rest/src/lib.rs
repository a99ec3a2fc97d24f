//! The emulator over HTTP: a request becomes a use case's arguments, its result an answer.
//!
//! - [`routes`] are all routes; [`RestState`] is what they need.
//! - [`Manifest`]: all that is needed to make the data of a run again, for files and commands too.
//! - [`openapi`]: the document that describes the routes.

mod dto;
mod error;
mod openapi;
mod routes;

pub use dto::manifest::{Manifest, ManifestError, Parts};
pub use dto::status::Records;
pub use openapi::{openapi, openapi_json};
pub use routes::{RestState, routes};
