//! The emulator over HTTP: maps requests to the arguments of use cases, and results to responses.
//!
//! - [`table`] lists all routes and the permission that each requires; [`routes`] adds the
//!   [`RestState`] that they need.
//! - [`openapi_json`]: the document that describes the routes.

mod app;
mod dto;
mod error;
mod openapi;
mod page;
mod routes;

pub use app::routes;
pub use openapi::openapi_json;
pub use routes::{RestState, table};
