//! All settings. docs/reference/settings.md is generated from this.

use adapter_callbacks::settings::CALLBACKS;
use adapter_embedded::settings::{KAFKA_PORT, REGISTRY_PORT, S3_PORT};
use adapter_filesystem::settings::FILE;
use adapter_kafka::settings::{CLUSTER, PRODUCER};
use adapter_minio::settings::MINIO;
use adapter_redb::settings::{ON_DAMAGE, RETENTION};
use adapter_registry::settings::REGISTRY;
use platform_http::settings::http;
use platform_runtime::settings::{Setting, Shape};
use platform_runtime::telemetry::TELEMETRY;

/// The settings of the Data Emulator.
pub fn table() -> Vec<Setting> {
    [
        CLUSTER,
        PRODUCER,
        MINIO,
        REGISTRY,
        &[KAFKA_PORT, S3_PORT, REGISTRY_PORT, FILE],
        STATE,
        &[ON_DAMAGE],
        RETENTION,
        MODELS,
        &http("8000"),
        CALLBACKS,
        RUNS,
        TELEMETRY,
    ]
    .concat()
}

const STATE: &[Setting] = &[
    Setting::new(
        "data.dir",
        None,
        Shape::Text("the path of a directory, or memory"),
        "Directory for persistent state: runs, their progress and their outcome; with `--embedded` \
         also the objects of the S3 store. With `memory`, all of it is lost when the process ends. \
         Unset: `data-emulator` in the user's state directory (`$XDG_STATE_HOME`, or \
         `~/.local/state`); with `--embedded`, `memory`.",
    ),
    Setting::with_default(
        "state.on_restart",
        "resume",
        Shape::OneOf(&["resume", "fail"]),
        "What to do with runs that the previous process left unfinished in the data folder: \
         `resume` continues them, `fail` marks them as failed.",
    ),
];

const MODELS: &[Setting] = &[Setting::new(
    "models.dir",
    None,
    Shape::Text("the path of an existing directory"),
    "Directory with models (`*.yaml`, `*.yml`, `*.json`, `*.toml`) that the service offers in \
     addition to those uploaded with `PUT /models/{name}`.",
)];

const RUNS: &[Setting] = &[
    Setting::new(
        "destinations.allowed",
        None,
        Shape::Text("names, or prefixes followed by *, separated by commas"),
        "Topics, buckets and folders that runs may write to. Never those of \
         `destinations.reserved`, nor names that begin with an underscore, such as \
         `__consumer_offsets`. Unset: all others.",
    ),
    Setting::with_default(
        "destinations.reserved",
        "topic1, topic2, topic3, ack, dead-letters",
        Shape::Text("names, or prefixes followed by *, separated by commas"),
        "Topics, buckets and folders of other services, which runs may not write to. The default \
         is the topics of a pipeline simulator without `pipeline.prefix`; with a prefix, list them \
         with it.",
    ),
    Setting::with_default(
        "emulation.rate",
        "10000",
        Shape::Decimal {
            from: 0.000_001,
            to: 100_000_000.0,
            unit: "records a second",
        },
        "Rate of a run that does not set its own, in event time.",
    ),
    Setting::with_default(
        "emulation.first_user_id",
        "1000",
        Shape::whole(1, 4_294_967_294, ""),
        "First user ID of the population.",
    ),
    Setting::with_default(
        "emulation.last_user_id",
        "9999",
        Shape::whole(1, 4_294_967_294, ""),
        "Last user ID of the population. The number of IDs from first to last is also the maximum \
         number of user profiles in a run.",
    ),
    Setting::with_default(
        "emulation.labels",
        "true",
        Shape::Switch,
        "Whether transactions are labelled as fraud or not. If `false`, `is_fraud` is null.",
    ),
    Setting::with_default(
        "limits.running",
        "32",
        Shape::whole(1, 1_000, "runs"),
        "Maximum number of runs in progress at the same time. Each has a thread and the buffers of \
         its destination.",
    ),
    Setting::with_default(
        "limits.waiting",
        "128",
        Shape::whole(0, 1_000_000, "runs"),
        "Maximum number of accepted runs that wait to start, in the order of their requests; further ones are refused with 429.",
    ),
    Setting::new(
        "limits.runs_each",
        None,
        Shape::whole(1, 1_000_000, "runs"),
        "Maximum number of runs, waiting or running, of one caller, unless the caller's token has \
         a limit of its own (`token create --max-runs`) or the role admin. Unset: no limit per \
         caller.",
    ),
    Setting::new(
        "limits.rate_each",
        None,
        Shape::whole(1, 4_000_000_000, "records a second"),
        "Maximum total rate of the runs of one caller, unless the caller's token has a limit of \
         its own (`token create --max-rate`) or the role admin. Under such a limit each run must \
         keep to a rate (`pace` `realtime`). Unset: no limit per caller.",
    ),
];
