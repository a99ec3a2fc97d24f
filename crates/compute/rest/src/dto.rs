//! The data types of requests and responses.

pub(crate) mod overview;
pub(crate) mod task;
