//! A Kafka and an S3 store inside the process.
