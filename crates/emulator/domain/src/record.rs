//! Records: what each domain emits, and how any of them is made from its index.

pub mod device_log;
pub mod transaction;
pub mod user_profile;

mod factory;
mod field;

pub use factory::{Factory, IndexError, Records};
pub use field::{Field, FieldKind, FieldVisitor, Record};
