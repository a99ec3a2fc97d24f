//! Records of the user's own shape.
//!
//! A model describes streams of records: which fields they have, what their values are drawn from,
//! and how streams refer to each other. This crate reads the tree of such a description
//! ([`Node`]), says everything that is wrong with it and where ([`ModelErrors`]), and makes any
//! record of any stream from (seed, model, stream, index) alone. What it draws with, and how it
//! reads a tree, serves worlds that are built in, too.

mod alias;
mod changes;
mod compile;
mod distribution;
mod error;
mod expression;
mod generator;
mod history;
pub mod imperfections;
mod language;
mod model;
mod node;
mod pattern;
mod permutation;
mod program;
mod quotas;
mod random;
mod read;
mod reference;
mod stream;

pub use alias::AliasTable;
pub use error::{Faults, ModelError, ModelErrors};
pub use generator::{GeneratorKind, KINDS as GENERATORS, WORDS};
pub use language::{distributions, json_schema, providers};
pub use model::{Model, Relation, StreamAbout, StreamRole};
pub use node::{Entry, Node, NodeValue, Place};
pub use permutation::Permutation;
pub use random::{Key, Name, Random, below, mix};
