//! Requests and responses as JSON.

pub(crate) mod content;
pub(crate) mod group;
pub(crate) mod message;
pub(crate) mod query;
pub(crate) mod topic;
