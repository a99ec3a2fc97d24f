//! What every HTTP service of the workspace shares: the server with its limits, the one shape of
//! an error, and extractors whose errors name the field.
//!
//! - [`Server`]: binds, serves until a token is cancelled, then lets open requests end.
//! - [`Failure`] and [`ErrorBody`]: every answer that is not a success is `{"detail": "..."}`.
//! - [`Json`]: a body that is read whole, bounded in size and time.
//! - [`resource`]: a path whose other methods are refused with 405 and `Allow`.

mod failure;
mod json;
mod problem;
mod resource;
mod server;

pub use failure::{ErrorBody, Failure};
pub use json::{BODY_LIMIT, BODY_TIME, Json};
pub use problem::excerpt;
pub use resource::resource;
pub use server::{BindError, Limits, Server};
