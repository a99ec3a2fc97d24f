//! Where clients find the embedded servers, as settings of a service.

use platform_runtime::settings::{Setting, Shape};

/// The port of [`EmbeddedKafka`](crate::EmbeddedKafka).
pub const KAFKA_PORT: Setting = Setting::with_default(
    "embedded.kafka_port",
    "0",
    Shape::whole(0, 65_535, ""),
    "With `--embedded`: port on this machine at which clients reach the Kafka broker; 0 picks a \
     free port.",
);

/// The port of [`EmbeddedS3`](crate::EmbeddedS3).
pub const S3_PORT: Setting = Setting::with_default(
    "embedded.s3_port",
    "0",
    Shape::whole(0, 65_535, ""),
    "With `--embedded`: port on this machine that the S3 store listens on; 0 picks a free port.",
);

/// The port of [`EmbeddedRegistry`](crate::EmbeddedRegistry).
pub const REGISTRY_PORT: Setting = Setting::with_default(
    "embedded.registry_port",
    "0",
    Shape::whole(0, 65_535, ""),
    "With `--embedded`: port on this machine that the schema registry listens on; 0 picks a free \
     port.",
);
