//! What a compute service needs from outside, each need a small trait with its contract in its
//! docs.
//!
//! - [`Processor`]: the work itself. A project of its own implements this and has a service.
//! - [`ObjectStores`]: the stores that tasks bring along, inputs read and outputs written in
//!   streams.
//! - [`TaskRepository`]: tasks that outlive the process.
//! - [`Callbacks`]: the senders of tasks, told how a task ended.
//! - [`Engines`]: where the service makes itself known.
//! - [`Clock`]: the time.
//!
//! With the feature `contract`, the module `contract` has a suite for each port that keeps
//! something, which every adapter runs.

mod callbacks;
mod clock;
mod engines;
mod processor;
mod repository;
mod store;

#[cfg(feature = "contract")]
pub mod contract;

pub use callbacks::{CallbackError, Callbacks};
pub use clock::Clock;
pub use engines::{Announcement, EngineError, EngineErrorKind, Engines, Ping, Registration};
pub use processor::{Control, Input, Outputs, ProcessError, Processor, Work, process_in_memory};
pub use repository::{Admission, KeptAccess, RepositoryError, TaskRepository, Unsettled};
pub use store::{
    ObjectReader, ObjectStores, ObjectWriter, StoreAccess, StoreError, StoreErrorKind,
};
