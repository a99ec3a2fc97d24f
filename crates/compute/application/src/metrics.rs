//! What is measured.

use compute_domain::{Task, TaskStatus};

use crate::AcceptError;

const REQUESTS: &str = "compute_requests_total";
const ENDED: &str = "compute_tasks_ended_total";
const SECONDS: &str = "compute_task_seconds";
const CALLBACKS: &str = "compute_callbacks_total";

/// Tells the recorder of metrics what it will get.
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
