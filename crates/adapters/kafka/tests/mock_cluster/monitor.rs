//! What the monitor sees of the embedded broker.

use adapter_embedded::EmbeddedKafka;
use adapter_kafka::KafkaCluster;
use pipeline_ports::Cluster;

#[tokio::test]
async fn the_monitor_sees_topics_and_no_groups_of_a_broker_that_lists_none() {
    let kafka = EmbeddedKafka::start(&[("topic1", 3)], 0).unwrap();
    let cluster = KafkaCluster::new(super::config(kafka.bootstrap_servers()));
    let topics = cluster.topics().await.unwrap();
    let seen: Vec<_> = topics
        .iter()
        .map(|topic| (topic.name.as_str(), topic.partitions.len()))
        .collect();
    assert_eq!(seen, [("topic1", 3)]);
    assert_eq!(cluster.groups().await.unwrap(), []);
}
