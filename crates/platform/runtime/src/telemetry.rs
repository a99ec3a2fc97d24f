//! What a process tells about itself: logs on standard error and in files, metrics in Prometheus' format.

mod files;
mod logs;
mod metrics;
mod single_line;

pub use files::{LOG_DIR, LOG_KEEP, LogFiles};
pub use logs::{LOG_FORMAT, LOG_LEVEL, start_logs};
pub use metrics::Metrics;
