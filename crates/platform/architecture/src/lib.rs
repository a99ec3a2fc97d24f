//! The rules of docs/architecture.md over `cargo metadata`. They know layers and contexts, not
//! crates: each crate says in its `Cargo.toml` what it is.
//!
//! ```toml
//! [package.metadata.hexagon]
//! layer = "adapter"         # domain, ports, application, adapter, rest, platform or service
//! context = "emulator"      # the one it belongs to, or "any"
//! owns = ["rdkafka"]        # optional: what crates that do not declare it may not use
//! also_uses = ["serde_json"] # optional, domains only: what it needs beside what every domain may use
//! ```
//!
//! - [`Member`]: a crate as far as the rules look at it; [`Workspace`] reads all of them.
//! - [`violations`]: every rule that is broken, in words.

mod member;
mod rules;

pub use member::{Member, ReadError, Workspace};
pub use rules::violations;
