//! No secret leaves the process.

#[path = "../../../canary.rs"]
mod trial;

use pipeline_simulator::settings::table;

use crate::process::program;
use trial::{DATABASE, Trial, USER, Who};

#[test]
fn no_secret_leaves_the_process_in_answers_logs_metrics_errors_or_files() {
    let trial = Trial {
        program,
        table: table(),
        shaped: &[("database.url", Some(DATABASE))],
        others: &[
            ("KAFKA_USERNAME", USER),
            ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
            ("PIPELINE_PATIENCE", "1"),
        ],
        serve: "monitor --host 127.0.0.1",
        requests: &[
            ("GET /api/topics", Who::Machine, ""),
            ("GET /api/topics/data1/messages", Who::Machine, ""),
            ("GET /api/groups", Who::Admin, ""),
            ("GET /api/groups", Who::Stranger, ""),
        ],
        commands: &[
            (
                "config check",
                Some(("DATABASE_URL", "oracle://u:canary-012345@127.0.0.1/db")),
            ),
            ("produce --rows 1", None),
            ("land", None),
            (
                "land",
                Some(("DATABASE_URL", "oracle://u:canary-012345@127.0.0.1/db")),
            ),
            ("acknowledge", None),
            ("analyse", None),
        ],
        hidden: &[],
        evidence: &[
            ("config show", USER),
            ("GET /api/topics", USER),
            ("GET /metrics", USER),
            ("land", "127.0.0.1"),
            ("produce --rows 1", "127.0.0.1:1"),
        ],
    };
    trial.leaks_nothing();
}
