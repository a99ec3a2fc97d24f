//! How records are sent, as settings of a service.

use std::time::Duration;

use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};

use crate::{Acks, Compression, KafkaConfig};

/// How records are packed, sent and acknowledged.
pub const PRODUCER: &[Setting] = &[
    Setting::with_default(
        "kafka.compression",
        "lz4",
        Shape::OneOf(&["none", "gzip", "snappy", "lz4", "zstd"]),
        "How messages are compressed.",
    ),
    Setting::with_default(
        "kafka.linger_ms",
        "5",
        Shape::whole(0, 900_000, "milliseconds"),
        "How long a message may wait to be sent in a batch with others.",
    ),
    Setting::with_default(
        "kafka.batch_size",
        "262144",
        Shape::whole(1, 2_147_483_647, "bytes"),
        "Maximum size of a batch of messages, before compression.",
    ),
    Setting::with_default(
        "kafka.acks",
        "all",
        Shape::OneOf(&["0", "1", "all"]),
        "Which brokers must have stored a record before it counts as acknowledged: none (`0`), the \
         partition's leader (`1`) or all in-sync replicas (`all`). With `0` and `1`, acknowledged \
         records can be lost.",
    ),
    Setting::with_default(
        "kafka.idempotence",
        "true",
        Shape::Switch,
        "Whether the producer is idempotent, so that retries neither duplicate nor reorder \
         messages. Needs `acks` `all`.",
    ),
    Setting::with_default(
        "kafka.message_timeout_ms",
        "300000",
        Shape::whole(1_000, 86_400_000, "milliseconds"),
        "How long sending a message is retried before it counts as failed: the longest outage that \
         a run survives.",
    ),
    Setting::with_default(
        "kafka.queue_bytes",
        "33554432",
        Shape::whole(1_048_576, 2_147_483_648, "bytes"),
        "Maximum size of the messages that a run holds in memory until the brokers acknowledge \
         them; a full queue slows the run down.",
    ),
    Setting::with_default(
        "kafka.queue_messages",
        "100000",
        Shape::whole(1, 10_000_000, "messages"),
        "The same limit as a number of messages.",
    ),
    Setting::with_default(
        "kafka.event_timestamps",
        "false",
        Shape::Switch,
        "Whether the timestamp of a message is the event time of its record instead of the time of \
         sending. Brokers delete messages older than the topic's retention and refuse those more \
         than an hour in the future.",
    ),
];

/// The cluster of [`cluster`](super::cluster) with records sent as these settings say.
///
/// # Errors
/// If settings do not go together, or the file of certificates cannot be read.
pub fn producer(settings: &Settings) -> Result<KafkaConfig, SettingsError> {
    let acks = settings.named("kafka.acks", &Acks::ALL, Acks::name);
    let idempotence = settings.switch("kafka.idempotence");
    if idempotence && acks != Acks::All {
        let why = "anything but all needs KAFKA_IDEMPOTENCE to be false";
        return Err(SettingsError::combination("kafka.acks", why));
    }
    let milliseconds = |key| Duration::from_millis(settings.whole(key));
    let (linger, message_timeout) = (
        milliseconds("kafka.linger_ms"),
        milliseconds("kafka.message_timeout_ms"),
    );
    if linger >= message_timeout {
        let why = "must be shorter than KAFKA_MESSAGE_TIMEOUT_MS, or no message is ever sent";
        return Err(SettingsError::combination("kafka.linger_ms", why));
    }
    Ok(KafkaConfig {
        compression: settings.named("kafka.compression", &Compression::ALL, Compression::name),
        linger,
        batch_size: settings.whole("kafka.batch_size"),
        acks,
        idempotence,
        message_timeout,
        queue_bytes: settings.whole("kafka.queue_bytes"),
        queue_messages: settings.whole("kafka.queue_messages"),
        event_timestamps: settings.switch("kafka.event_timestamps"),
        ..super::cluster(settings)?
    })
}
