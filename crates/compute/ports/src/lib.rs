//! The ports of a compute service: small traits whose docs state their contracts.
//!
//! - [`Processor`]: the work itself. A project implements this trait to get a service.
//! - [`ObjectStores`]: the stores that tasks name, from which inputs and to which outputs are
//!   streamed.
//! - [`TaskRepository`]: stores tasks durably.
//! - [`Callbacks`]: notifies the senders of tasks how a task ended.
//! - [`Engines`]: registers the service with engines.
//! - [`Clock`]: the current time.
//!
//! With the feature `contract`, the module `contract` has a test suite for each port that stores
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
