//! Adapters that keep everything in memory, or nothing at all.
//!
//! - [`MemoryEmulations`]: runs, kept as long as the process lives.
//! - [`Null`]: a destination that accepts everything and keeps nothing.
//! - [`MemoryObjects`], [`MemoryMessages`]: destinations that tests can inspect and disturb.
//! - [`MemoryTopic`]: messages prepared by tests for reading.
//! - [`MemoryTasks`], [`MemoryStores`]: the ports of a compute service, for tests.
//! - [`HeldClock`]: a clock that moves only when told to.

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
