//! No secret leaves the process.

#[path = "../../../canary.rs"]
mod trial;

use compute_service::settings::table;

use crate::harness::program;
use trial::{Trial, Who};

/// As long as a key is.
const KEY: &str = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";

/// A task of a store, and a sender, who are not there.
const TASK: &str = r#"{"s3_access_key_id": "task-0123-access", "s3_secret_access_key": "task-0123-secret",
    "s3_region": "us-east-1", "s3_host": "http://127.0.0.1:1", "s3_bucket": "engine",
    "task": {"id": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "data_in": ["picture.png"]},
    "callback_url": "http://127.0.0.1:1/tasks/6f9619ff-8b86-4011-b42d-00c04fc964ff"}"#;

#[test]
fn no_secret_leaves_the_process_in_answers_logs_metrics_errors_or_files() {
    let trial = Trial {
        program,
        table: table(),
        shaped: &[("tasks.key", Some(KEY))],
        others: &[
            ("ENGINE_URLS", r#"["http://127.0.0.1:1"]"#),
            ("ALLOWED_HOSTS", "127.0.0.1"),
            ("S3_HOST", "http://127.0.0.1:1"),
            ("S3_RETRY_FOR", "1"),
        ],
        serve: "serve average-colour --host 127.0.0.1",
        requests: &[
            ("POST /compute", Who::Machine, TASK),
            ("POST /compute", Who::Machine, "{}"),
            ("GET /status", Who::Machine, ""),
            ("GET /api/overview", Who::Machine, ""),
            ("GET /api/overview", Who::Stranger, ""),
            (
                "GET /tasks/6f9619ff-8b86-4011-b42d-00c04fc964ff/status",
                Who::Admin,
                "",
            ),
            (
                "DELETE /tasks/6f9619ff-8b86-4011-b42d-00c04fc964ff",
                Who::Machine,
                "",
            ),
            ("GET /api/overview", Who::Admin, ""),
        ],
        commands: &[
            ("config check", Some(("TASKS_KEY", "canary-012345"))),
            ("send --url http://127.0.0.1:1 log", None),
        ],
        hidden: &["5ca1ab1e", "task-0123"],
        evidence: &[
            ("audit.jsonl", "\"who\":\"machine\""),
            ("GET /metrics", "# TYPE"),
            ("GET /api/overview", "6f9619ff-8b86-4011-b42d-00c04fc964ff"),
            ("log", "127.0.0.1:1"),
            ("send --url http://127.0.0.1:1 log", "127.0.0.1:1"),
        ],
    };
    trial.leaks_nothing();
}
