//! Records of the user's own shape.
//!
//! A model describes streams of records: which fields they have, what their values are drawn from,
//! and how streams refer to each other. This crate reads the tree of such a description
//! ([`Node`]), says everything that is wrong with it and where ([`ModelErrors`]), and makes any
//! record of any stream from (seed, model, stream, index) alone.

mod error;
mod node;

pub use error::{ModelError, ModelErrors};
pub use node::{Entry, Node, NodeValue, Place};
