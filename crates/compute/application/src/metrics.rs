//! The service's metrics.

use compute_domain::{Task, TaskStatus};

use crate::AcceptError;

const REQUESTS: &str = "compute_requests_total";
const ENDED: &str = "compute_tasks_ended_total";
const SECONDS: &str = "compute_task_seconds";
const CALLBACKS: &str = "compute_callbacks_total";

/// Describes the metrics to the recorder.
pub fn describe_metrics() {
    metrics::describe_counter!(REQUESTS, "Tasks that were sent, by the answer");
    metrics::describe_counter!(ENDED, "Tasks that ended, by their status");
    metrics::describe_histogram!(
        SECONDS,
        metrics::Unit::Seconds,
        "How long tasks were in a status"
    );
    metrics::describe_counter!(CALLBACKS, "Attempts to tell senders, by the result");
}

pub(crate) fn count_accepted(slug: &str, accepted: &Result<(), AcceptError>) {
    let answer = match accepted {
        Ok(()) => "accepted",
        Err(AcceptError::Full(_)) => "full",
        Err(AcceptError::Stopping) => "stopping",
        Err(AcceptError::Refused { .. }) => "refused",
        Err(AcceptError::NotKept(_)) => "not_kept",
    };
    metrics::counter!(REQUESTS, "service" => slug.to_owned(), "answer" => answer).increment(1);
}

pub(crate) fn count_ended(slug: &str, task: &Task) {
    let service = slug.to_owned();
    let status = task.status().name();
    metrics::counter!(ENDED, "service" => service.clone(), "status" => status).increment(1);
    for pair in task.snapshot().phases.windows(2) {
        let [(status, began), (_, ended)] = pair else {
            continue;
        };
        let status: TaskStatus = *status;
        metrics::histogram!(SECONDS, "service" => service.clone(), "status" => status.name())
            .record(ended.since(*began));
    }
}

pub(crate) fn count_callback(slug: &str, result: &'static str) {
    metrics::counter!(CALLBACKS, "service" => slug.to_owned(), "result" => result).increment(1);
}

#[cfg(test)]
mod tests {
    use compute_domain::{Outcome, TaskId, Timestamp};
    use compute_ports::RepositoryError;
    use platform_runtime::telemetry::Metrics;

    use super::*;

    #[test]
    fn what_becomes_of_tasks_is_counted_by_service() {
        let metrics = Metrics::of_process();
        describe_metrics();
        let refused = AcceptError::Refused {
            field: "s3_host",
            why: String::new(),
        };
        let lost = AcceptError::NotKept(RepositoryError("the disk is full".to_owned()));
        let errors = [AcceptError::Full(1), AcceptError::Stopping, refused, lost];
        for answer in errors.into_iter().map(Err).chain([Ok(())]) {
            count_accepted("copy", &answer);
        }
        let id = TaskId::parse("00000000-0000-4000-8000-000000000000").unwrap();
        let mut task = Task::accepted(id, Vec::new(), String::new(), Timestamp::from_millis(0));
        let at = Timestamp::from_millis;
        task.advance(TaskStatus::Fetching, at(500)).unwrap();
        task.end(Outcome::Failed("away".to_owned()), at(2_500))
            .unwrap();
        count_ended("copy", &task);
        count_callback("copy", "delivered");
        let text = metrics.render();
        for line in [
            "# HELP compute_requests_total Tasks that were sent, by the answer",
            r#"compute_requests_total{service="copy",answer="accepted"} 1"#,
            r#"compute_requests_total{service="copy",answer="full"} 1"#,
            r#"compute_requests_total{service="copy",answer="stopping"} 1"#,
            r#"compute_requests_total{service="copy",answer="refused"} 1"#,
            r#"compute_requests_total{service="copy",answer="not_kept"} 1"#,
            r#"compute_tasks_ended_total{service="copy",status="error"} 1"#,
            r#"compute_task_seconds_sum{service="copy",status="pending"} 0.5"#,
            r#"compute_task_seconds_sum{service="copy",status="fetching"} 2"#,
            r#"compute_callbacks_total{service="copy",result="delivered"} 1"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
