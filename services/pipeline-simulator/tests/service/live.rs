//! The real program against the real Kafka and the real PostgreSQL of `deploy/local`, read back by
//! clients that are not ours.
//!
//! `just test-live` installs and starts the servers. A server that is missing fails the tests.

mod arrivals;
// The browser of the monitor's own tests.
#[path = "../../../../crates/pipeline/rest/tests/browser/chromium.rs"]
mod chromium;
pub(crate) mod crashes;
mod damage;
mod flow;
mod monitor;
pub(crate) mod outages;
pub(crate) mod pipeline;
pub(crate) mod servers;
mod state;
mod takeover;
pub(crate) mod topics;
