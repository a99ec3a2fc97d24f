//! Who may use the broker: passwords and certificates.

use adapter_kafka::{KafkaConfig, KafkaDestination, Sasl, SaslMechanism, Tls};
use emulator_ports::Destination;

use crate::reader::{Recorder, batch, read, run, spec};
use crate::{client, config, env, unique};

fn login(mechanism: SaslMechanism) -> Sasl {
    Sasl {
        mechanism,
        username: env("KAFKA_TEST_USERNAME"),
        password: env("KAFKA_TEST_PASSWORD").into(),
    }
}

fn trusted() -> Tls {
    Tls {
        ca_file: Some(env("KAFKA_TEST_CA").into()),
    }
}

#[tokio::test]
async fn every_way_to_log_in_works() {
    let topic = format!("login-{}", unique());
    let mut expected = 0;
    for (servers, tls, sasl) in [
        ("KAFKA_TEST_SASL", None, Some(login(SaslMechanism::Plain))),
        (
            "KAFKA_TEST_SASL",
            None,
            Some(login(SaslMechanism::ScramSha512)),
        ),
        (
            "KAFKA_TEST_SASL",
            None,
            Some(login(SaslMechanism::ScramSha256)),
        ),
        (
            "KAFKA_TEST_SASL_SSL",
            Some(trusted()),
            Some(login(SaslMechanism::ScramSha256)),
        ),
        ("KAFKA_TEST_SSL", Some(trusted()), None),
        (
            "KAFKA_TEST_SASL_SSL",
            Some(trusted()),
            Some(login(SaslMechanism::Plain)),
        ),
        (
            "KAFKA_TEST_SASL_SSL",
            Some(trusted()),
            Some(login(SaslMechanism::ScramSha512)),
        ),
    ] {
        let destination = KafkaDestination::new(KafkaConfig {
            bootstrap_servers: env(servers),
            tls,
            sasl,
            ..config()
        });
        destination.probe().await.unwrap();
        let recorder = Recorder::new();
        let run = run(unique(), spec(&topic));
        let mut producer = destination.open(&run, recorder.clone()).await.unwrap();
        producer.send(&batch(0..100, 100)).await.unwrap();
        producer.finish().await.unwrap();
        assert_eq!(recorder.acknowledged().len(), 100, "{servers}");
        expected += 100;
    }
    assert_eq!(read(&client(), &topic).len(), expected);
}

#[tokio::test]
async fn a_refused_login_says_why_and_never_the_password() {
    let wrong = |mechanism| Sasl {
        password: "hidden-password".into(),
        ..login(mechanism)
    };
    for (servers, tls, sasl, parts) in [
        (
            "KAFKA_TEST_SASL",
            None,
            Some(wrong(SaslMechanism::Plain)),
            ["Authentication failed", "check user"],
        ),
        (
            "KAFKA_TEST_SASL",
            None,
            Some(wrong(SaslMechanism::ScramSha512)),
            ["Authentication failed", "check user"],
        ),
        (
            "KAFKA_TEST_SSL",
            Some(Tls::default()),
            None,
            ["certificate", "CA file"],
        ),
        (
            "KAFKA_TEST_SSL",
            None,
            None,
            ["got no answer", "expects TLS"],
        ),
    ] {
        let refused = KafkaConfig {
            bootstrap_servers: env(servers),
            tls,
            sasl,
            ..config()
        };
        let destination = KafkaDestination::new(refused);
        let opened = destination
            .open(&run(unique(), spec("t")), Recorder::new())
            .await;
        for error in [
            opened.err().unwrap(),
            destination.probe().await.unwrap_err(),
        ] {
            let text = error.chain();
            for part in parts.into_iter().chain([env(servers).as_str()]) {
                assert!(text.contains(part), "{part:?} in {text}");
            }
            assert!(!text.contains("hidden-password"));
        }
    }
}
