//! The monitor: a page that shows topics, messages and consumer groups, live, and the API that it
//! asks.
//!
//! - [`routes`] are the page and the API; [`RestState`] is what they need, and
//!   [`describe_metrics`] describes the metrics to the recorder.
//!
//! The page is HTML, CSS and JavaScript modules as they are in `src/page`, served from the binary:
//! nothing is built and nothing is loaded from elsewhere. To work on it, run the example
//! `monitor_page`, which serves it with a made-up cluster whose data change.

mod dto;
mod error;
mod page;
mod routes;

pub use routes::{RestState, describe_metrics, routes, table};
