//! Every setting there is. docs/reference/settings.md is made from this.

use adapter_kafka::settings::CLUSTER;
use platform_runtime::settings::{Setting, Shape};
use platform_runtime::telemetry::{LOG_FORMAT, LOG_LEVEL};

/// The settings of the Data Emulator.
pub fn table() -> Vec<Setting> {
    [CLUSTER, OWN].concat()
}

const OWN: &[Setting] = &[
    Setting::with_default(
        "kafka.compression",
        "lz4",
        Shape::OneOf(&["none", "gzip", "snappy", "lz4", "zstd"]),
        "How messages are packed.",
    ),
    Setting::with_default(
        "kafka.linger_ms",
        "5",
        Shape::whole(0, 900_000, "milliseconds"),
        "How long a message may wait for others to be sent with.",
    ),
    Setting::with_default(
        "kafka.batch_size",
        "262144",
        Shape::whole(1, 2_147_483_647, "bytes"),
        "Messages that are sent together, before they are packed.",
    ),
    Setting::with_default(
        "kafka.acks",
        "all",
        Shape::OneOf(&["0", "1", "all"]),
        "Who must have stored a record before it counts as acknowledged. With `0` and `1` the \
         brokers may lose what was acknowledged.",
    ),
    Setting::with_default(
        "kafka.idempotence",
        "true",
        Shape::Switch,
        "Whether retries are kept from doubling or reordering messages. Needs `acks` `all`.",
    ),
    Setting::with_default(
        "kafka.message_timeout_ms",
        "300000",
        Shape::whole(1_000, 86_400_000, "milliseconds"),
        "How long a message is tried before it counts as failed: the longest outage that a run \
         survives.",
    ),
    Setting::with_default(
        "kafka.queue_bytes",
        "33554432",
        Shape::whole(1_048_576, 2_147_483_648, "bytes"),
        "What a run may hold in memory until the brokers have stored it; a full queue slows the run.",
    ),
    Setting::with_default(
        "kafka.queue_messages",
        "100000",
        Shape::whole(1, 10_000_000, "messages"),
        "The same, counted in messages.",
    ),
    Setting::with_default(
        "kafka.event_timestamps",
        "false",
        Shape::Switch,
        "Whether messages carry the event time of their record instead of the time of sending. \
         Brokers delete what is older than the topic's retention and refuse what lies over an \
         hour ahead.",
    ),
    Setting::with_default(
        "minio.endpoint",
        "minio:9000",
        Shape::Text("host:port, or a URL that begins with http:// or https://"),
        "The S3 store.",
    ),
    Setting::with_default(
        "minio.access_key",
        "minio",
        Shape::Text("text"),
        "Who asks.",
    ),
    Setting::secret("minio.secret_key", Some("minio123"), "Proves it."),
    Setting::with_default(
        "minio.secure",
        "false",
        Shape::Switch,
        "Whether to connect with TLS.",
    ),
    Setting::new(
        "minio.ca_file",
        None,
        Shape::Text("path of a PEM file"),
        "Certificates that vouch for the store, beside those that the system trusts. Those are \
         read from where `SSL_CERT_FILE` and `SSL_CERT_DIR` say, if they are set.",
    ),
    Setting::with_default(
        "minio.region",
        "us-east-1",
        Shape::Text("text"),
        "The region that requests are signed for.",
    ),
    Setting::with_default(
        "minio.part_size",
        "8388608",
        Shape::whole(5_242_880, 5_368_709_120, "bytes"),
        "Larger objects are sent in parts of this size; a run holds three in memory.",
    ),
    Setting::new(
        "file.root",
        None,
        Shape::Text("path of a folder"),
        "The folder whose subfolders `emulator_sync` `file` writes to. Unset: requests cannot \
         name `file`.",
    ),
    Setting::new(
        "data.dir",
        None,
        Shape::Text("path of a folder"),
        "The folder for what outlives the process: runs, their progress and how they ended; with \
         `--embedded` also the objects of the S3 store. Unset: nothing does.",
    ),
    Setting::with_default(
        "state.on_restart",
        "resume",
        Shape::OneOf(&["resume", "fail"]),
        "What becomes of runs that the process before left unfinished in the data folder: they go \
         on, or they have failed.",
    ),
    Setting::with_default(
        "state.on_damage",
        "fail",
        Shape::OneOf(&["fail", "set-aside"]),
        "What happens if the state in the data folder is damaged: the service does not start, or \
         the file is renamed and it starts without earlier runs.",
    ),
    Setting::with_default(
        "state.keep_finished",
        "10000",
        Shape::whole(0, 1_000_000, "runs"),
        "Finished runs that are remembered; those that finished first are forgotten first.",
    ),
    Setting::with_default(
        "state.keep_age",
        "30",
        Shape::whole(1, 36_500, "days"),
        "How long finished runs are remembered in the data folder.",
    ),
    Setting::with_default(
        "http.host",
        "0.0.0.0",
        Shape::Text("host name or address"),
        "Where to listen; 0.0.0.0 is every interface.",
    ),
    Setting::with_default(
        "http.port",
        "8000",
        Shape::whole(0, 65_535, ""),
        "Port to listen on; 0 takes a free one.",
    ),
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
    LOG_LEVEL,
    LOG_FORMAT,
];
