//! Every setting there is. docs/reference/settings.md is made from this.

use platform_runtime::settings::{Setting, Shape};
use platform_runtime::telemetry::{LOG_FORMAT, LOG_LEVEL};

/// A setting with a default.
const fn set(
    key: &'static str,
    default: &'static str,
    shape: Shape,
    meaning: &'static str,
) -> Setting {
    Setting::new(key, Some(default), shape, meaning)
}

const fn whole(from: i64, to: i64, unit: &'static str) -> Shape {
    Shape::Whole { from, to, unit }
}

/// The settings of the Data Emulator.
pub const TABLE: &[Setting] = &[
    set(
        "kafka.bootstrap_servers",
        "localhost:9092",
        Shape::Text("host:port, several separated by commas"),
        "Brokers to ask for the cluster.",
    ),
    Setting::new(
        "kafka.security_protocol",
        None,
        Shape::OneOf(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]),
        "How to connect. Unset: `SASL_SSL` if there are user and password, else `PLAINTEXT`.",
    ),
    set(
        "kafka.sasl_mechanism",
        "PLAIN",
        Shape::OneOf(&["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
        "How user and password are proven.",
    ),
    Setting::new(
        "kafka.username",
        None,
        Shape::Text("text"),
        "User; together with the password.",
    ),
    Setting::secret("kafka.password", None, "Password; together with the user."),
    Setting::new(
        "kafka.ca_file",
        None,
        Shape::Text("path of a PEM file"),
        "Certificates that vouch for the brokers. Unset: the system's.",
    ),
    set(
        "kafka.partitions",
        "5",
        whole(1, 10_000, "partitions"),
        "Partitions of a topic that the emulator makes.",
    ),
    set(
        "kafka.replication_factor",
        "-1",
        whole(-1, 100, "copies"),
        "Copies of each partition of a topic that the emulator makes. -1: what the brokers have as \
         their default, which fits one broker as well as twenty.",
    ),
    set(
        "kafka.compression",
        "lz4",
        Shape::OneOf(&["none", "gzip", "snappy", "lz4", "zstd"]),
        "How messages are packed.",
    ),
    set(
        "kafka.linger_ms",
        "5",
        whole(0, 900_000, "milliseconds"),
        "How long a message may wait for others to be sent with.",
    ),
    set(
        "kafka.batch_size",
        "262144",
        whole(1, 2_147_483_647, "bytes"),
        "Messages that are sent together, before they are packed.",
    ),
    set(
        "kafka.acks",
        "all",
        Shape::OneOf(&["0", "1", "all"]),
        "Who must have stored a record before it counts as acknowledged. With `0` and `1` the \
         brokers may lose what was acknowledged.",
    ),
    set(
        "kafka.idempotence",
        "true",
        Shape::Switch,
        "Whether retries are kept from doubling or reordering messages. Needs `acks` `all`.",
    ),
    set(
        "kafka.message_timeout_ms",
        "300000",
        whole(1_000, 86_400_000, "milliseconds"),
        "How long a message is tried before it counts as failed: the longest outage that a run \
         survives.",
    ),
    set(
        "kafka.queue_bytes",
        "33554432",
        whole(1_048_576, 2_147_483_648, "bytes"),
        "What a run may hold in memory until the brokers have stored it; a full queue slows the run.",
    ),
    set(
        "kafka.queue_messages",
        "100000",
        whole(1, 10_000_000, "messages"),
        "The same, counted in messages.",
    ),
    set(
        "kafka.event_timestamps",
        "false",
        Shape::Switch,
        "Whether messages carry the event time of their record instead of the time of sending. \
         Brokers delete what is older than the topic's retention and refuse what lies over an \
         hour ahead.",
    ),
    set(
        "minio.endpoint",
        "minio:9000",
        Shape::Text("host:port, or a URL that begins with http:// or https://"),
        "The S3 store.",
    ),
    set(
        "minio.access_key",
        "minio",
        Shape::Text("text"),
        "Who asks.",
    ),
    Setting::secret("minio.secret_key", Some("minio123"), "Proves it."),
    set(
        "minio.secure",
        "false",
        Shape::Switch,
        "Whether to connect with TLS.",
    ),
    set(
        "minio.region",
        "us-east-1",
        Shape::Text("text"),
        "The region that requests are signed for.",
    ),
    set(
        "minio.part_size",
        "8388608",
        whole(5_242_880, 5_368_709_120, "bytes"),
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
    set(
        "state.on_restart",
        "resume",
        Shape::OneOf(&["resume", "fail"]),
        "What becomes of runs that the process before left unfinished in the data folder: they go \
         on, or they have failed.",
    ),
    set(
        "state.on_damage",
        "fail",
        Shape::OneOf(&["fail", "set-aside"]),
        "What happens if the state in the data folder is damaged: the service does not start, or \
         the file is renamed and it starts without earlier runs.",
    ),
    set(
        "state.keep_finished",
        "10000",
        whole(0, 1_000_000, "runs"),
        "Finished runs that are remembered; those that finished first are forgotten first.",
    ),
    set(
        "state.keep_age",
        "30",
        whole(1, 36_500, "days"),
        "How long finished runs are remembered in the data folder.",
    ),
    set(
        "http.host",
        "0.0.0.0",
        Shape::Text("host name or address"),
        "Where to listen; 0.0.0.0 is every interface.",
    ),
    set(
        "http.port",
        "8000",
        whole(0, 65_535, ""),
        "Port to listen on; 0 takes a free one.",
    ),
    set(
        "emulation.rate",
        "10000",
        Shape::Decimal {
            from: 0.000_001,
            to: 100_000_000.0,
            unit: "records a second",
        },
        "Rate of event time of a run that names none.",
    ),
    set(
        "emulation.first_user_id",
        "1000",
        whole(1, 4_294_967_294, ""),
        "The first id of the population.",
    ),
    set(
        "emulation.last_user_id",
        "9999",
        whole(1, 4_294_967_294, ""),
        "The last id of the population; as many user profiles has an emulation at most.",
    ),
    set(
        "emulation.labels",
        "true",
        Shape::Switch,
        "Whether transactions say that they are fraud; otherwise `is_fraud` is null.",
    ),
    set(
        "limits.running",
        "32",
        whole(1, 1_000, "runs"),
        "Runs at once. Each has a thread and its destination's buffers.",
    ),
    set(
        "limits.waiting",
        "128",
        whole(0, 1_000_000, "runs"),
        "Accepted runs that wait for their turn; further ones are refused with 429.",
    ),
    LOG_LEVEL,
    LOG_FORMAT,
];
