//! What goes over the wire.

pub(crate) mod content;
pub(crate) mod group;
pub(crate) mod message;
pub(crate) mod query;
pub(crate) mod topic;
