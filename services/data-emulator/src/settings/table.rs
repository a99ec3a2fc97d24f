//! Every setting there is. docs/reference/settings.md is made from this.

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
        Shape::Text("path of a directory, or memory"),
        "Directory for persistent state: runs, their progress and how they ended; with \
         `--embedded` also the objects of the S3 store. `memory` forgets all of it at the end. \
         Unset: `data-emulator` in the user's state directory (`$XDG_STATE_HOME`, or \
         `~/.local/state`); with `--embedded`, `memory`.",
    ),
    Setting::with_default(
        "state.on_restart",
        "resume",
        Shape::OneOf(&["resume", "fail"]),
        "What becomes of runs that the process before left unfinished in the data folder: they go \
         on, or they have failed.",
    ),
];

const MODELS: &[Setting] = &[Setting::new(
    "models.dir",
    None,
    Shape::Text("path of a directory"),
    "Directory whose models (`*.yaml`, `*.yml`, `*.json`, `*.toml`) the service offers beside those \
     that it is given with `PUT /models/{name}`.",
)];

const RUNS: &[Setting] = &[
    Setting::new(
        "destinations.allowed",
        None,
        Shape::Text("names, or beginnings of names followed by *, with commas between"),
        "The topics, buckets and folders that runs may deliver to. Unset: all but those below and \
         those whose names begin with an underscore, such as `__consumer_offsets`.",
    ),
    Setting::with_default(
        "destinations.reserved",
        "topic1, topic2, topic3, ack, dead-letters",
        Shape::Text("the same"),
        "Those that other services need for themselves; by default the pipeline simulator's, to \
         whose settings a prefix for them belongs.",
    ),
    Setting::with_default(
        "emulation.rate",
        "10000",
        Shape::Decimal {
            from: 0.000_001,
            to: 100_000_000.0,
            unit: "records a second",
        },
        "Rate of event time of a run that names none.",
    ),
    Setting::with_default(
        "emulation.first_user_id",
        "1000",
        Shape::whole(1, 4_294_967_294, ""),
        "The first id of the population.",
    ),
    Setting::with_default(
        "emulation.last_user_id",
        "9999",
        Shape::whole(1, 4_294_967_294, ""),
        "The last id of the population; as many user profiles has an emulation at most.",
    ),
    Setting::with_default(
        "emulation.labels",
        "true",
        Shape::Switch,
        "Whether transactions say that they are fraud; otherwise `is_fraud` is null.",
    ),
    Setting::with_default(
        "limits.running",
        "32",
        Shape::whole(1, 1_000, "runs"),
        "Runs at once. Each has a thread and its destination's buffers.",
    ),
    Setting::with_default(
        "limits.waiting",
        "128",
        Shape::whole(0, 1_000_000, "runs"),
        "Accepted runs that wait for their turn; further ones are refused with 429.",
    ),
    Setting::new(
        "limits.runs_each",
        None,
        Shape::whole(1, 1_000_000, "runs"),
        "Runs that one caller may have waiting or running, if the token says nothing else \
         (`token create --max-runs`) and is no admin's. Unset: as many as there may be.",
    ),
    Setting::new(
        "limits.rate_each",
        None,
        Shape::whole(1, 4_000_000_000, "records a second"),
        "Records a second that the runs of one caller may have together, if the token says nothing \
         else (`token create --max-rate`) and is no admin's; each has to keep a rate then (`pace` \
         `realtime`). Unset: any.",
    ),
];
