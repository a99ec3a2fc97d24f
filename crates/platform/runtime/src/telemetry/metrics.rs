//! Metrics: recorded anywhere with the `metrics` macros, rendered here.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

/// The bucket bounds of every metric whose name ends in `_seconds`.
const SECONDS: &[f64] = &[
    0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0,
];

/// How often observations are folded into the buckets; until then they accumulate.
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder of the process. Cheap to clone; all clones share it.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// The recorder of the `metrics` macros in this process, installed at the first call.
    pub fn of_process() -> Self {
        static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
        let handle = HANDLE.get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
                .expect("there are buckets")
                .install_recorder()
                .expect("no other recorder is installed in this workspace")
        });
        Self(handle.clone())
    }

    /// All metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Bounds the memory of histograms until `stop` is cancelled.
    pub async fn upkeep(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(UPKEEP);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.0.run_upkeep();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_rendered_with_buckets_for_seconds() {
        let metrics = Metrics::of_process();
        metrics::counter!("records_total", "domain" => "transaction").increment(3);
        metrics::histogram!("batch_seconds").record(0.02);
        let text = Metrics::of_process().render();
        assert!(
            text.contains("records_total{domain=\"transaction\"} 3"),
            "{text}"
        );
        assert!(
            text.contains("batch_seconds_bucket{le=\"0.05\"} 1"),
            "{text}"
        );
        drop(metrics);
    }
}
