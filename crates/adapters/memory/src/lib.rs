//! Adapters that keep everything in memory, or nothing at all.
//!
//! - [`MemoryEmulations`]: runs, for as long as the process lives.
//! - [`Null`]: a destination that takes everything and keeps nothing.
//! - [`MemoryObjects`], [`MemoryMessages`]: destinations that tests can look into and disturb.
//! - [`MemoryTopic`]: messages that tests lay out to be read back.
//! - [`MemoryTasks`], [`MemoryStores`]: what a compute service needs, for tests.
//! - [`HeldClock`]: a clock whose time only moves when told.

mod clock;
mod compute;
mod emulations;
mod messages;
mod null;
mod objects;
mod reader;

pub use clock::HeldClock;
pub use compute::{MemoryStores, MemoryTasks};
pub use emulations::MemoryEmulations;
pub use messages::{Fault, MemoryMessages, Message};
pub use null::Null;
pub use objects::MemoryObjects;
pub use reader::MemoryTopic;
