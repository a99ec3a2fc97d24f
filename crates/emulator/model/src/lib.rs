//! Records of the user's own shape.
//!
//! A model describes streams of records: which fields they have, what their values are drawn from,
//! and how streams refer to each other. This crate reads the tree of such a description
//! ([`Node`]), says everything that is wrong with it and where ([`ModelErrors`]), and makes any
//! record of any stream from (seed, model, stream, index) alone.

mod alias;
mod changes;
mod compile;
mod distribution;
mod error;
mod expression;
mod generator;
mod language;
mod model;
mod node;
mod pattern;
mod permutation;
mod program;
mod quotas;
mod random;
mod read;
mod records;
mod reference;
mod stream;

pub use error::{ModelError, ModelErrors};
pub use generator::{GeneratorKind, KINDS as GENERATORS, WORDS};
pub use language::{distributions, json_schema, providers};
pub use model::{Model, Relation, StreamRole};
pub use node::{Entry, Node, NodeValue, Place};
