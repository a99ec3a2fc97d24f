//! What all HTTP services of the workspace share: the server with its limits, the operations
//! routes, the common form of errors, and extractors whose errors name the field.
//!
//! - [`Server`]: binds [`Routes`], serves until a token is cancelled, then lets open requests
//!   finish.
//! - [`Tls`]: the server's certificate and the authorities of its clients, reloaded when they
//!   change.
//! - [`settings`]: the server's section of a service's settings.
//! - [`Routes`]: the routes of a service and the permission that each requires; a method that a
//!   path does not have is refused with 405 and `Allow`.
//! - [`operations`]: health and metrics; [`docs`]: the OpenAPI document and Swagger UI.
//! - [`page`]: a web page and its files, some of which all pages share.
//! - [`ApiError`] and [`ErrorBody`]: every error response is `{"detail": "..."}`.
//! - [`Streams`]: limits the event streams per client; [`Proxies`]: which proxies are trusted to
//!   report the client's address.
//! - [`Json`]: a request body that is read completely, with limits on size and time;
//!   [`whole_number`]: the value of a query parameter.

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
mod query;
mod request_log;
mod resource;
mod routes;
mod security;
mod server;
mod streams;
mod tls;

pub use api_error::{ApiError, ErrorBody, FieldError};
pub use client::Proxies;
pub use json::{BODY_LIMIT, BODY_TIME, Json, read_json};
pub use messages::excerpt;
pub use owners::{Owner, Owners};
pub use platform_access::{Caller, Permission, Quota, Role};
pub use query::{invalid_parameter, whole_number};
pub use routes::{Endpoint, Routes};
pub use server::{BindError, Limits, Server};
pub use streams::{StreamPermit, Streams};
pub use tls::{Tls, TlsError, TlsFiles};
