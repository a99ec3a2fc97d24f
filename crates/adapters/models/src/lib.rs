//! Models in the syntaxes that people write.
//!
//! [`read`] and [`read_text`] parse a [`Model`](emulator_model::Model) from YAML, JSON or TOML, or
//! report errors with line and column. Whatever the text contains, the cost of reading it is
//! bounded: texts beyond [`MAX_BYTES`], [`MAX_DEPTH`] or [`MAX_NODES`] are rejected, and nothing in
//! a text can stand for something elsewhere in it. [`import`] creates a model's text from a schema
//! or a sample.

mod choices;
mod files;
mod import;
mod json;
mod lines;
mod read;
mod scalar;
mod toml;
mod tree;
mod yaml;

pub use files::MAX_BYTES;
pub use import::{ImportKind, import};
pub use read::{ReadError, Syntax, builtin, is_builtin, node, read, read_node, read_text};
pub use tree::{MAX_DEPTH, MAX_NODES};
