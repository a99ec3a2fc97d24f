//! The emulator's use cases, one per module, and the runner that carries them out.
//!
//! - [`start_emulation`], [`emulation_status`], [`follow_emulation`], [`list_emulations`],
//!   [`cancel_emulation`], [`control_emulation`], [`readiness`], [`sample`], [`table`], [`models`]:
//!   the requests that an [`Emulator`] serves.
//! - [`callbacks`]: notifies other systems of the end of a run.
//! - [`resume_emulations`]: what a process does with the runs of the one before it.
//! - [`verify_delivery`]: checks that a destination holds what a run should have left there.
//! - [`truth`]: which faults were injected.
//! - `runner`: one run, from its first batch to the last acknowledgement.
//! - [`ObjectDestination`]: cuts batches into objects, for any object store.

mod emulator;
mod inactive_run;
mod object_destination;
mod object_layout;
mod quota;
mod requests;
mod runner;

pub mod callbacks;
pub mod cancel_emulation;
pub mod control_emulation;
pub mod emulation_status;
pub mod follow_emulation;
pub mod list_emulations;
pub mod metrics;
pub mod models;
pub mod readiness;
pub mod resume_emulations;
pub mod sample;
pub mod start_emulation;
pub mod table;
pub mod truth;
pub mod verify_delivery;

pub use emulator::{Defaults, Emulator, EmulatorParts, Limits, OnShutdown};
pub use object_destination::ObjectDestination;
pub use quota::{Limited, OverQuota, Quota};
