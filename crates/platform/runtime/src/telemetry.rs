//! What a process tells about itself: logs on standard error, metrics in Prometheus' format.

mod logs;
mod metrics;
mod single_line;

pub use logs::{LOG_FORMAT, LOG_LEVEL, start_logs};
pub use metrics::Metrics;
