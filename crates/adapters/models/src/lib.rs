//! Models as people write them.
//!
//! [`read`] and [`read_text`] make a [`Model`](emulator_model::Model) of YAML, JSON or TOML, or say
//! what is wrong and in which line and column. Whatever a text contains, reading it is bounded:
//! [`MAX_BYTES`], [`MAX_DEPTH`] and [`MAX_NODES`] are refused when they are passed, and nothing in a
//! text stands for something elsewhere in it. [`import`] makes the text of a model from a schema or a
//! sample.

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
