//! The use cases of a compute service, and the execution of its tasks.
//!
//! - [`ComputeService`]: one processor with its queue. Tasks are
//!   [accepted](ComputeService::accept), [queried](ComputeService::status) and
//!   [cancelled](ComputeService::cancel); [`ComputeService::run`] carries them out and delivers
//!   their callbacks.
//! - [`Announcer`]: registers the service with engines and keeps it registered.

mod accept;
mod announce;
mod board;
mod cancel;
mod deliver;
mod metrics;
mod overview;
mod run;
mod service;
mod status;

pub use accept::{AcceptError, TaskOrder};
pub use announce::{AnnouncePolicy, Announcer, EngineView, Reach};
pub use metrics::describe_metrics;
pub use overview::{Overview, TaskView};
pub use service::{ComputeService, Limits, Ports};
