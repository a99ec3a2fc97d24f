//! A look at the whole cluster.

/// Placeholder.
pub struct KafkaCluster;
