//! What can be asked of a compute service, and the workers that carry tasks out.
//!
//! - [`ComputeService`]: one processor with its queue. Tasks are [accepted](ComputeService::accept),
//!   [looked at](ComputeService::status) and [cancelled](ComputeService::cancel);
//!   [`ComputeService::run`] carries them out and tells their senders.
//! - [`Announcer`]: makes the service known to engines, and keeps it known.

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
