//! Clusters that cannot be used are told with what to check, and never the password.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use adapter_kafka::{Acks, KafkaConfig, KafkaDestination, Sasl, SaslMechanism, Tls};
use emulator_ports::contract::destination::fails_as;
use emulator_ports::{Destination, DestinationError, DestinationErrorKind};

use crate::reader::{Recorder, run, spec};
use crate::{config, mock};

async fn refusal(config: KafkaConfig) -> (DestinationError, Duration) {
    let begun = Instant::now();
    let opened = KafkaDestination::new(config)
        .open(&run(1, spec("t")), Recorder::new())
        .await;
    (opened.err().expect("refused"), begun.elapsed())
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_named_with_what_to_check() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let (error, took) = refusal(config(&free)).await;
    assert_eq!(error.kind, DestinationErrorKind::Unreachable);
    assert!(took < Duration::from_secs(10), "{took:?}");
    let text = error.chain();
    for part in [
        free.as_str(),
        "topic t",
        "Connection refused",
        "check that the brokers run",
    ] {
        assert!(text.contains(part), "{text}");
    }

    let destination = KafkaDestination::new(config(&free));
    fails_as(&destination, &spec("t"), DestinationErrorKind::Unreachable).await;
    let begun = Instant::now();
    destination.probe().await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_wrong_protocol_is_told_without_the_password() {
    let (_mock, servers) = mock("t", 1);
    let sasl = Sasl {
        mechanism: SaslMechanism::Plain,
        username: "ann".into(),
        password: "hidden-password".into(),
    };
    for config in [
        KafkaConfig {
            sasl: Some(sasl.clone()),
            ..config(&servers)
        },
        KafkaConfig {
            sasl: Some(sasl.clone()),
            tls: Some(Tls::default()),
            ..config(&servers)
        },
    ] {
        assert!(!format!("{config:?}").contains("hidden-password"));
        let destination = KafkaDestination::new(config.clone());
        assert!(!format!("{destination:?}").contains("hidden-password"));
        let (error, took) = refusal(config).await;
        let text = error.chain();
        let told = text.split(" got no answer in ").nth(1).unwrap();
        let told: f64 = told.split(' ').next().unwrap().parse().unwrap();
        let took = took.as_secs_f64();
        assert!((told - took).abs() < 0.7, "{took} s: {text}");
        assert!(
            text.contains(&servers) && text.contains("password"),
            "{text}"
        );
        assert!(
            !text.contains("hidden-password") && !format!("{error:?}").contains("hidden-password")
        );
    }
}

#[tokio::test]
async fn settings_that_contradict_each_other_are_refused() {
    let (_mock, servers) = mock("t", 1);
    let contradiction = KafkaConfig {
        acks: Acks::Leader,
        idempotence: true,
        ..config(&servers)
    };
    let (error, _) = refusal(contradiction).await;
    assert_eq!(error.kind, DestinationErrorKind::Refused);
    assert!(error.chain().contains("acks"), "{}", error.chain());
}
