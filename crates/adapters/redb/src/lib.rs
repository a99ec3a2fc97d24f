//! State that outlives the process, in one file of a data folder (redb).
//!
//! - [`RedbEmulations`]: the runs of the emulator and their progress.
//! - [`RedbArrivals`]: on which topics the ids of a pipeline have arrived.
//! - `file`: opening, examining and setting aside, the same for both.

mod emulator;
mod failure;
mod file;
mod pipeline;

pub use emulator::{RedbEmulations, Retention};
pub use failure::OpenError;
pub use file::OnDamage;
pub use pipeline::RedbArrivals;
