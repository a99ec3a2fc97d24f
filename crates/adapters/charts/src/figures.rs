//! The figures as JSON.

use pipeline_domain::analysis::Analysis;
use serde_json::{Value, json};

use crate::words;

/// `{"events": {"topic1": 50, ...}, "acknowledgements": 50, "repeated_acknowledgements": 0,
/// "share": 1.0, "delay_ms": {"count": 50, "shortest": 5, "median": 11.5, "p95": 14, "p99": 15,
/// "longest": 15}}`; `delay_ms` is null if there are no delays.
pub(crate) fn json(analysis: &Analysis) -> Value {
    let counts = &analysis.counts;
    let events: serde_json::Map<String, Value> = words::names()
        .into_iter()
        .zip(counts.events.map(Value::from))
        .collect();
    json!({
        "events": events,
        "acknowledgements": counts.acknowledgements,
        "repeated_acknowledgements": counts.repeated,
        "share": analysis.share,
        "delay_ms": analysis.delay.as_ref().map(|delay| json!({
            "count": delay.count(),
            "shortest": delay.shortest(),
            "median": delay.median(),
            "p95": delay.percentile(0.95),
            "p99": delay.percentile(0.99),
            "longest": delay.longest(),
        })),
    })
}
