//! The rules of docs/architecture.md, checked against `cargo metadata`. They refer to layers and
//! contexts, not to crates: each crate declares its own in its `Cargo.toml`.
//!
//! ```toml
//! [package.metadata.hexagon]
//! layer = "adapter"         # domain, ports, application, adapter, rest, platform or service
//! context = "emulator"      # the one it belongs to, or "any"
//! owns = ["rdkafka"]        # optional: what crates that do not declare it may not use
//! also_uses = ["serde_json"] # optional, domains only: what it needs beside what every domain may use
//! ```
//!
//! - [`Member`]: the properties of a crate that the rules need; [`Workspace`] reads all of them.
//! - [`violations`]: a message for every violation.

mod member;
mod rules;

pub use member::{Member, ReadError, Workspace};
pub use rules::violations;
