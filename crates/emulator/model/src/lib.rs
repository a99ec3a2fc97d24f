//! Models: records whose shape the user defines.
//!
//! A model describes streams of records: their fields, the distributions of the values, and the
//! references between streams. This crate reads the tree of such a description ([`Node`]), reports
//! every error with its place ([`ModelErrors`]), and generates any record of any stream from (seed,
//! model, stream, index) alone. Built-in worlds use its random draws and its reader too.

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
