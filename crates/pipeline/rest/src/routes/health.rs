//! Health and metrics of the monitor.

use actix_web::HttpResponse;
use actix_web::web::Data;
use platform_http::ApiError;
use serde::Serialize;

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

/// The answer of a health check.
#[derive(Debug, Serialize)]
struct Up {
    /// Always `up`.
    status: &'static str,
}

/// Is the process alive?
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Up { status: "up" })
}

/// Does the cluster answer?
pub(super) async fn ready(state: Data<RestState>) -> Result<HttpResponse, ApiError> {
    state.cluster.topics().await.map_err(error::cluster)?;
    Ok(HttpResponse::Ok().json(Up { status: "up" }))
}

/// Log end offsets and lags in Prometheus' text format.
pub(super) async fn metrics(state: Data<RestState>) -> Result<HttpResponse, ApiError> {
    for topic in state.cluster.topics().await.map_err(error::cluster)? {
        for partition in topic.partitions {
            let labels = [
                ("topic", topic.name.clone()),
                ("partition", partition.number.to_string()),
            ];
            ::metrics::gauge!(END, &labels).set(partition.log_end_offset as f64);
        }
    }
    for group in state.cluster.groups().await.map_err(error::cluster)? {
        for partition in group.partitions {
            let labels = [
                ("group", group.name.clone()),
                ("topic", partition.topic.clone()),
                ("partition", partition.number.to_string()),
            ];
            ::metrics::gauge!(LAG, &labels).set(partition.lag() as f64);
        }
    }
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body((state.metrics)()))
}
