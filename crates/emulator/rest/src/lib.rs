//! The emulator over HTTP: a request becomes a use case's arguments, its result an answer.
//!
//! - [`table`] are all routes, and what each asks of its callers; [`routes`] are they with
//!   [`RestState`], which they need.
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
