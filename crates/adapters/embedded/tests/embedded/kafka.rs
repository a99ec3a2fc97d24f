//! The embedded Kafka.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use adapter_embedded::EmbeddedKafka;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Message};

#[test]
fn a_kafka_has_its_topics_and_ends_with_its_owner() {
    let kafka = EmbeddedKafka::start(&[("transactions", 5), ("device-logs", 1)], 0).unwrap();
    let servers = kafka.bootstrap_servers().to_owned();
    let client: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &servers)
        .create()
        .unwrap();
    for (topic, partitions) in [("transactions", 5), ("device-logs", 1)] {
        let metadata = client
            .fetch_metadata(Some(topic), Duration::from_secs(5))
            .unwrap();
        assert_eq!(metadata.topics()[0].partitions().len(), partitions);
    }
    drop(kafka);
    assert!(TcpStream::connect(servers).is_err());
}

#[tokio::test]
async fn a_kafka_is_found_on_the_port_that_it_was_given() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let kafka = EmbeddedKafka::start(&[("transactions", 5)], port).unwrap();
    let servers = format!("127.0.0.1:{port}");
    assert_eq!(kafka.bootstrap_servers(), servers);
    let taken = EmbeddedKafka::start(&[], port).unwrap_err().to_string();
    assert!(taken.contains(&servers), "{taken}");
    let stored = tokio::task::spawn_blocking(move || {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", servers);
        let producer: BaseProducer = config.create().unwrap();
        let record = BaseRecord::<(), _>::to("transactions").payload("one");
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(Duration::from_secs(10))
    });
    stored.await.unwrap().unwrap();
    drop(kafka);
    tokio::task::yield_now().await;
    EmbeddedKafka::start(&[], port).expect("its port is free again");
}

#[test]
fn two_kafkas_do_not_get_in_each_others_way() {
    let one = EmbeddedKafka::start(&[], 0).unwrap();
    let other = EmbeddedKafka::start(&[], 0).unwrap();
    assert_ne!(one.bootstrap_servers(), other.bootstrap_servers());
}

#[test]
fn a_topic_that_cannot_be_is_told() {
    let error = EmbeddedKafka::start(&[("t", 1), ("t", 2)], 0).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the embedded Kafka did not start: "),
        "{error}"
    );
}

/// A request without the name of a client.
fn request(key: i16, version: i16, body: &[u8]) -> Vec<u8> {
    let mut content = [key.to_be_bytes(), version.to_be_bytes()].concat();
    content.extend(7_i32.to_be_bytes());
    content.extend((-1_i16).to_be_bytes());
    content.extend(body);
    let size = i32::try_from(content.len()).unwrap();
    [&size.to_be_bytes()[..], &content].concat()
}

#[test]
fn a_kafka_refuses_requests_that_would_end_it_and_still_has_members_of_groups() {
    let kafka = EmbeddedKafka::start(&[("a", 1)], 0).unwrap();
    let connect = || {
        let stream = TcpStream::connect(kafka.bootstrap_servers()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    };
    let join = |rest: &[u8]| {
        let body = [&b"\0\x01g\0\0\x75\x30\0\x01m\0\x01c"[..], rest].concat();
        request(11, 0, &body)
    };
    let good = join(b"\0\0\0\x01\0\x01n\0\0\0\0");
    let mut member = connect();
    member.write_all(&good).unwrap();
    for broken in [
        // 16 bytes.
        request(68, 1, &[0; 2]),
        request(72, 0, &[0; 40]),
        join(&[0xff; 4]),
        join(b"\0\0\x03\xe8\0\x01n\0\0\0\0"),
        request(-1, 0, &[0; 4]),
        vec![0x7f; 20],
        // A member that is waiting, a second time.
        good,
    ] {
        let mut stream = connect();
        stream.write_all(&broken).unwrap();
        let mut answer = Vec::new();
        // A reset is as good an end as a close.
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"", "{broken:?}");
    }
    drop(member);
    works(&kafka, "a");
}

/// KIP-511: the answer is that of version 0, whatever was asked for.
#[test]
fn a_client_that_asks_in_a_newer_version_is_told_the_known_ones() {
    let kafka = EmbeddedKafka::start(&[], 0).unwrap();
    let mut stream = TcpStream::connect(kafka.bootstrap_servers()).unwrap();
    for version in [4, 99] {
        stream
            .write_all(&request(18, version, b"\0\x02c\x021\0"))
            .unwrap();
        let mut answer = [0; 20];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(
            &answer,
            b"\0\0\0\x10\0\0\0\x07\0\x23\0\0\0\x01\0\x12\0\0\0\x02"
        );
    }
    stream.write_all(&request(18, 2, b"")).unwrap();
    let mut answer = [0; 10];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[8..], [0, 0], "the next question is answered");
}

/// Whether an honest client can produce to the topic, in a transaction too, and read in a group.
pub(super) fn works(kafka: &EmbeddedKafka, topic: &str) {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", kafka.bootstrap_servers());
    let mut transactional = client.clone();
    transactional.set("transactional.id", "honest");
    for (config, text) in [(&client, "hello"), (&transactional, "again")] {
        let producer: BaseProducer = config.create().unwrap();
        let is_transactional = config.get("transactional.id").is_some();
        let within = Duration::from_secs(30);
        if is_transactional {
            producer.init_transactions(within).unwrap();
            producer.begin_transaction().unwrap();
        }
        let record = BaseRecord::<(), _>::to(topic).key(&()).payload(text);
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(within).unwrap();
        if is_transactional {
            producer.commit_transaction(within).unwrap();
        }
    }
    client
        .set("group.id", "readers")
        .set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = client.create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    let begun = Instant::now();
    let mut missing = vec!["hello", "again"];
    while !missing.is_empty() {
        if let Some(Ok(message)) = consumer.poll(Duration::from_secs(1)) {
            missing.retain(|text| message.payload() != Some(text.as_bytes()));
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{missing:?}");
    }
}
