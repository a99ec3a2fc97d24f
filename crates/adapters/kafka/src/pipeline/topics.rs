//! Names of the pipeline's topics.

use std::time::Duration;

use pipeline_domain::source::Names;
use pipeline_ports::Topic;

/// The name of a topic in the cluster.
pub(super) fn name(names: &Names, topic: Topic) -> String {
    match topic {
        Topic::Events(source) => names.topic(source),
        Topic::Acknowledgements => names.ack(),
        Topic::DeadLetters => names.dead_letters(),
    }
}

/// How long the brokers may take to answer.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
