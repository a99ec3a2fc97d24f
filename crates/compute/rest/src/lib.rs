//! The protocol of a Core engine over HTTP, and a status page.
//!
//! - [`routes`]: `/status`, `/compute`, `/tasks/{id}/status` and `/docs`, as engines request them,
//!   and the page at `/` with its data; [`RestState`] is what they need.
//! - [`receiver`]: the other side, which receives the callback of a task: for clients without an
//!   engine.

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
