//! What goes over the wire.

pub(crate) mod overview;
pub(crate) mod task;
