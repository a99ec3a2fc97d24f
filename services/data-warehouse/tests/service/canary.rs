//! No secret leaves the process.

#[path = "../../../canary.rs"]
mod trial;

use std::path::Path;
use std::process::Command;

use data_warehouse::settings::table;

use trial::{DATABASE, Trial, Who};

fn program(folder: &Path) -> Command {
    let mut command = crate::process::program(folder, &[], &[]);
    command.env_remove("DATA_DIR");
    command
}

/// The service itself on SQLite, since it does not start without its database; commands on both.
#[test]
fn no_secret_leaves_the_process_in_answers_logs_metrics_errors_or_files() {
    let elsewhere = Some(("DATABASE_URL", DATABASE));
    let mysql = "mysql://the-user-that-may-be-shown:canary-0123456789abcdef-mysql@127.0.0.1:1/db";
    let mysql = Some(("DATABASE_URL", mysql));
    let nonsense = Some(("DATABASE_URL", "oracle://u:canary-012345@127.0.0.1/db"));
    let trial = Trial {
        program,
        table: table(),
        shaped: &[("database.url", None)],
        others: &[],
        serve: "serve --host 127.0.0.1",
        requests: &[
            ("GET /tables", Who::Machine, ""),
            ("GET /tables/jobs/rows", Who::Stranger, ""),
            ("POST /tables/jobs/rows", Who::Machine, r#"{"rows": 1}"#),
            ("POST /backup/jobs", Who::Machine, "{}"),
            ("POST /restore/jobs", Who::Machine, "{}"),
            ("POST /restore/jobs", Who::Admin, "{}"),
        ],
        commands: &[
            ("config show", elsewhere),
            ("config show --json", elsewhere),
            ("config check", elsewhere),
            ("config check", nonsense),
            ("migrate --input .", elsewhere),
            ("backup jobs", mysql),
            ("restore jobs", elsewhere),
            ("report", mysql),
            ("report", nonsense),
            ("serve --port 0", elsewhere),
            ("serve --port 0", nonsense),
        ],
        hidden: &[],
        evidence: &[
            ("audit.jsonl", "\"who\":\"machine\""),
            ("GET /metrics", "200 OK"),
            ("GET /tables", "jobs"),
            ("config show", "database.url"),
            ("serve --port 0", "unknown scheme"),
        ],
    };
    trial.leaks_nothing();
}
