//! Where clients find the embedded servers, as settings of a service.

use platform_runtime::settings::{Setting, Shape};

/// The port of [`EmbeddedKafka`](crate::EmbeddedKafka).
pub const KAFKA_PORT: Setting = Setting::with_default(
    "embedded.kafka_port",
    "0",
    Shape::whole(0, 65_535, ""),
    "With `--embedded`: port of this machine on which clients find the Kafka; 0 takes a free one.",
);

/// The port of [`EmbeddedS3`](crate::EmbeddedS3).
pub const S3_PORT: Setting = Setting::with_default(
    "embedded.s3_port",
    "0",
    Shape::whole(0, 65_535, ""),
    "With `--embedded`: port of this machine on which the S3 store listens; 0 takes a free one.",
);

/// The port of [`EmbeddedRegistry`](crate::EmbeddedRegistry).
pub const REGISTRY_PORT: Setting = Setting::with_default(
    "embedded.registry_port",
    "0",
    Shape::whole(0, 65_535, ""),
    "With `--embedded`: port of this machine on which the schema registry listens; 0 takes a free one.",
);
