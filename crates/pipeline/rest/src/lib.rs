//! The monitor: a page that shows topics, messages and consumer groups, live, and its API.
//!
//! - [`routes`] are the page and the API; [`RestState`] is what they need, and
//!   [`describe_metrics`] describes the metrics to the recorder.
//!
//! The page consists of the HTML, CSS and JavaScript modules in `src/page`, which are served from
//! the binary as they are: there is no build step, and nothing is loaded from elsewhere. To work on
//! it, run the example `monitor_page`, which serves it with a simulated cluster.

mod dto;
mod error;
mod page;
mod routes;

pub use routes::{RestState, describe_metrics, routes, table};
