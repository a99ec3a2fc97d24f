//! What every HTTP service of the workspace shares: the server with its limits, the one shape of
//! an error, and extractors whose errors name the field.
//!
//! - [`Server`]: binds, serves until a token is cancelled, then lets open requests end.
//! - [`ApiError`] and [`ErrorBody`]: every answer that is not a success is `{"detail": "..."}`.
//! - [`Json`]: a body that is read whole, bounded in size and time.
//! - [`resource`]: a path whose other methods are refused with 405 and `Allow`.

mod api_error;
mod json;
mod messages;
mod resource;
mod server;

pub use api_error::{ApiError, ErrorBody};
pub use json::{BODY_LIMIT, BODY_TIME, Json};
pub use messages::excerpt;
pub use resource::resource;
pub use server::{BindError, Limits, Server};
