//! No secret leaves the process.

#[path = "../../../canary.rs"]
mod trial;

use data_emulator::settings::table;

use crate::process::program;
use trial::{Trial, USER, Who};

/// A run of ten records that tells somebody who is not there.
macro_rules! run {
    ($sink:literal, $format:literal) => {
        concat!(
            r#"{"emulator_sync": ""#,
            $sink,
            r#"", "format_type": ""#,
            $format,
            r#"", "emulation_domain": "transaction", "sync_type": "grouped", "max_chunk_size": 1,
            "timeout": 60, "count": 10,
            "callback_url": "http://127.0.0.1:1/hook-0123-path?key=hook-0123-key"}"#
        )
    };
}

#[test]
fn no_secret_leaves_the_process_in_answers_logs_metrics_errors_or_files() {
    let both = Some((
        "SCHEMA_REGISTRY_TOKEN",
        "canary-0123456789abcdef-schema-registry-token",
    ));
    for without in ["schema_registry.token", "schema_registry.password"] {
        let registry_user = match without {
            "schema_registry.token" => ("SCHEMA_REGISTRY_USERNAME", USER),
            _ => ("KAFKA_USERNAME", USER),
        };
        let trial = Trial {
            program,
            table: table(),
            shaped: &[(without, None)],
            others: &[
                registry_user,
                ("KAFKA_USERNAME", USER),
                ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
                ("MINIO_ENDPOINT", "127.0.0.1:1"),
                ("SCHEMA_REGISTRY_URL", "http://127.0.0.1:1"),
                ("CALLBACKS_ALLOWED_HOSTS", "127.0.0.1"),
            ],
            serve: "serve --host 127.0.0.1",
            requests: &[
                ("GET /system", Who::Admin, ""),
                ("GET /openapi.json", Who::Admin, ""),
                ("GET /emulator", Who::Machine, ""),
                ("GET /emulator", Who::Stranger, ""),
                ("POST /emulator", Who::Machine, run!("kafka", "avro")),
                ("POST /emulator", Who::Machine, run!("minio", "ndjson")),
                ("POST /emulator", Who::Machine, run!("nowhere", "ndjson")),
                ("POST /emulator", Who::Machine, run!("null", "ndjson")),
                ("DELETE /models/x", Who::Machine, ""),
                ("GET /emulator", Who::Admin, ""),
                ("GET /system", Who::Admin, ""),
            ],
            commands: &[
                ("config check", both),
                ("emulate transaction --to kafka --count 1 --timeout 1", None),
            ],
            hidden: &["hook-0123"],
            evidence: &[
                ("audit.jsonl", "\"who\":\"machine\""),
                ("config show", USER),
                ("GET /emulator", "kafka"),
                ("GET /metrics", "# TYPE"),
                ("GET /emulator", "http://127.0.0.1:1\""),
                ("log", "a callback was not accepted"),
                ("emulations.redb", "http://127.0.0.1:1/#sealed:"),
            ],
        };
        trial.leaks_nothing();
    }
}
