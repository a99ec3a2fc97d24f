//! State that outlives the process, in one file of a data folder (redb).
//!
//! - [`RedbEmulations`]: the runs of the emulator and their progress.
//! - [`RedbArrivals`]: on which topics the ids of a pipeline have arrived.
//! - [`RedbTasks`]: the tasks of a compute service.
//! - [`settings`]: the data folder and retention as settings of a service.
//! - `file`: opening, examining and setting aside, shared by all of them.
//! - `writer_thread`: the thread that writes a file and closes it, for runs and tasks.

mod compute;
mod emulator;
mod failure;
mod file;
mod pipeline;
pub mod settings;
mod writer_thread;

pub use compute::{RedbTasks, StateKey, StateKeyError};
pub use emulator::{RedbEmulations, Retention};
pub use failure::OpenError;
pub use file::OnDamage;
pub use pipeline::RedbArrivals;
