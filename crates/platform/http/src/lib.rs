//! What every HTTP service of the workspace shares: the server with its limits, the routes that
//! operators use, the one shape of an error, and extractors whose errors name the field.
//!
//! - [`Server`]: binds [`Routes`], serves until a token is cancelled, then lets open requests end.
//! - [`Tls`]: its certificate, and that of its clients, read again when it changes.
//! - [`settings`]: its section of a service's settings.
//! - [`Routes`]: what a service answers, and what each route asks of its callers; a method that a path
//!   does not have is refused with 405 and `Allow`.
//! - [`operations`]: health and metrics; [`docs`]: the OpenAPI document and Swagger UI.
//! - [`page`]: a page and its files, of which all pages share some.
//! - [`ApiError`] and [`ErrorBody`]: every answer that is not a success is `{"detail": "..."}`.
//! - [`Streams`]: how many streams of events a client may have; [`Proxies`]: whose word is taken on
//!   who the client is.
//! - [`Json`]: a body that is read whole, bounded in size and time.

#[cfg(feature = "contract")]
pub mod contract;
pub mod docs;
pub mod login;
pub mod operations;
pub mod page;
pub mod permission;
pub mod settings;

mod access;
mod api_error;
mod browser;
mod client;
mod json;
mod messages;
mod outgoing;
mod owners;
mod request_log;
mod resource;
mod routes;
mod security;
mod server;
mod streams;
mod tls;

pub use api_error::{ApiError, ErrorBody, FieldError};
pub use client::Proxies;
pub use json::{BODY_LIMIT, BODY_TIME, Json};
pub use messages::excerpt;
pub use owners::{Owner, Owners};
pub use platform_access::{Caller, Permission, Quota, Role};
pub use routes::{Endpoint, Routes};
pub use server::{BindError, Limits, Server};
pub use streams::{StreamPermit, Streams};
pub use tls::{Tls, TlsError, TlsFiles};
