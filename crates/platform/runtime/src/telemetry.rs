//! Telemetry: logs on standard error and in files, traces, and metrics in Prometheus' format.

mod files;
mod logs;
mod metrics;
mod shown_fields;
mod single_line;
mod traces;

use crate::settings::Setting;

pub use files::{LOG_DIR, LOG_KEEP, LogFiles};
pub(crate) use logs::start_logs;
pub use metrics::Metrics;
pub use traces::join_trace;

/// The telemetry settings of every service.
pub const TELEMETRY: &[Setting] = &[logs::LOG_LEVEL, logs::LOG_FORMAT, traces::OTLP_ENDPOINT];
