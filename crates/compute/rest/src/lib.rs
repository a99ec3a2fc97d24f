//! The protocol of a Core engine over HTTP, and a page that shows what is going on.
//!
//! - [`routes`]: `/status`, `/compute`, `/tasks/{id}/status` and `/docs`, as an engine asks for
//!   them; the page at `/` and what it asks; [`RestState`] is what they need.
//! - [`receiver`]: the other side, which gets the callback of a task: for clients without an engine.

mod app;
mod dto;
mod error;
mod openapi;
mod page;
pub mod receiver;
mod routes;

pub use app::routes;
pub use openapi::document;
pub use routes::{RestState, table};
