//! Data transfer objects.

pub(crate) mod callbacks;
pub(crate) mod catalogue;
pub(crate) mod change;
pub(crate) mod list;
pub(crate) mod models;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod tags;
pub(crate) mod words;
