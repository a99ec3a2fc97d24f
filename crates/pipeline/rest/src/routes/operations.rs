//! Health and metrics of the monitor.

use async_trait::async_trait;
use platform_http::ApiError;
use platform_http::operations::Operations;

use super::RestState;
use crate::error;

const END: &str = "kafka_partition_end_offset";
const LAG: &str = "kafka_consumer_group_lag";

/// Describes the metrics to the recorder; called once per process.
pub fn describe_metrics() {
    use ::metrics::describe_gauge;

    describe_gauge!(END, "Log end offset: the offset of the next message");
    describe_gauge!(LAG, "Messages that a group has not read");
}

#[async_trait]
impl Operations for RestState {
    async fn readiness(&self) -> Vec<(String, Result<(), String>)> {
        let cluster = self.cluster.topics().await;
        let cluster = cluster.map(|_| ()).map_err(|error| error.message);
        vec![("kafka".to_owned(), cluster)]
    }

    /// Current log end offsets and lags.
    async fn metrics(&self) -> Result<String, ApiError> {
        for topic in self.cluster.topics().await.map_err(error::cluster)? {
            for partition in topic.partitions {
                let labels = [
                    ("topic", topic.name.clone()),
                    ("partition", partition.number.to_string()),
                ];
                ::metrics::gauge!(END, &labels).set(partition.log_end_offset as f64);
            }
        }
        for group in self.cluster.groups().await.map_err(error::cluster)? {
            for partition in group.partitions {
                let labels = [
                    ("group", group.name.clone()),
                    ("topic", partition.topic.clone()),
                    ("partition", partition.number.to_string()),
                ];
                ::metrics::gauge!(LAG, &labels).set(partition.lag() as f64);
            }
        }
        Ok((self.metrics)())
    }
}
