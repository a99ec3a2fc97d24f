use adapter_kafka::SaslMechanism;
use platform_runtime::settings::Sources;
use secrecy::ExposeSecret;

use super::*;

fn loaded(environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let environment = environment
        .iter()
        .map(|(name, text)| (name.into(), text.into()))
        .collect();
    let sources = Sources {
        environment,
        ..Sources::default()
    };
    Settings::load(&table(), &sources)
}

fn settings(environment: &[(&str, &str)]) -> Result<ServiceSettings, SettingsError> {
    ServiceSettings::from(&loaded(environment)?)
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let defaults = settings(&[]).unwrap();
    assert_eq!(defaults.kafka.bootstrap_servers, "localhost:9092");
    assert!(defaults.kafka.tls.is_none() && defaults.kafka.sasl.is_none());
    assert_eq!(defaults.kafka.partitions, 5);
    assert_eq!(defaults.kafka.client_id, "emulator-producer");
    assert_eq!(defaults.minio.endpoint, "minio:9000");
    assert_eq!(defaults.minio.access_key, "minio");
    assert_eq!(defaults.minio.secret_key.expose_secret(), "minio123");
    assert!(!defaults.minio.secure);
    assert_eq!(
        (defaults.http.host.as_str(), defaults.http.port),
        ("127.0.0.1", 8000)
    );
    assert_eq!(defaults.users, UserIds::CONTRACT);
    assert_eq!(defaults.rate.get(), 10_000.0);
    assert_eq!(defaults.file_root, None);
}

#[test]
fn every_word_of_every_setting_has_its_meaning() {
    for (name, words) in [
        (
            "KAFKA_COMPRESSION",
            &["none", "gzip", "snappy", "lz4", "ZSTD"][..],
        ),
        (
            "KAFKA_SASL_MECHANISM",
            &["PLAIN", "scram-sha-256", "SCRAM-SHA-512"],
        ),
        ("KAFKA_ACKS", &["0", "1", "all"]),
    ] {
        for word in words {
            let login = [("KAFKA_USERNAME", "ann"), ("KAFKA_PASSWORD", "hunter2")];
            let changed = [(name, *word), ("KAFKA_IDEMPOTENCE", "false")];
            settings(&[login, changed].concat()).unwrap();
        }
    }
}

#[test]
fn the_ranges_of_the_table_fit_the_types() {
    for setting in table() {
        let platform_runtime::settings::Shape::Whole { from, to, .. } = setting.shape else {
            continue;
        };
        for value in [from, to] {
            // Refused for a reason or taken, but no panic.
            let _ = settings(&[(&setting.env(), &value.to_string())]);
        }
    }
}

#[test]
fn user_and_password_mean_sasl_over_tls_unless_told_otherwise() {
    let login = [("KAFKA_USERNAME", "ann"), ("KAFKA_PASSWORD", "hunter2")];
    let kafka = settings(&login).unwrap().kafka;
    assert!(kafka.tls.is_some());
    assert_eq!(kafka.sasl.as_ref().unwrap().mechanism, SaslMechanism::Plain);
    assert!(!format!("{kafka:?}").contains("hunter2"));
    let plain = [
        ("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"),
        ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512"),
    ];
    let kafka = settings(&[login, plain].concat()).unwrap().kafka;
    assert!(kafka.tls.is_none());
    assert_eq!(kafka.sasl.unwrap().mechanism, SaslMechanism::ScramSha512);
}

#[test]
fn settings_that_do_not_go_together_are_refused_with_the_one_to_change() {
    let cases: [(&[(&str, &str)], &str); 10] = [
        (
            &[("KAFKA_USERNAME", "ann")],
            "setting kafka.password: there is a user (KAFKA_USERNAME) and no password. Set KAFKA_PASSWORD, or take the user out",
        ),
        (
            &[("KAFKA_PASSWORD", "hunter2")],
            "setting kafka.username: there is a password (KAFKA_PASSWORD) and no user. Set KAFKA_USERNAME, or take the password out",
        ),
        (
            &[("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")],
            "setting kafka.security_protocol: SASL_SSL needs KAFKA_USERNAME and KAFKA_PASSWORD",
        ),
        (
            &[
                ("KAFKA_SECURITY_PROTOCOL", "SSL"),
                ("KAFKA_USERNAME", "ann"),
                ("KAFKA_PASSWORD", "hunter2"),
            ],
            "setting kafka.security_protocol: SSL would leave user and password unused. Choose SASL_SSL or SASL_PLAINTEXT, or take KAFKA_USERNAME and KAFKA_PASSWORD out",
        ),
        (
            &[("KAFKA_CA_FILE", "/nowhere/ca.pem")],
            "setting kafka.ca_file: PLAINTEXT checks no certificates. Choose SSL or SASL_SSL, or take KAFKA_CA_FILE out",
        ),
        (
            &[
                ("KAFKA_CA_FILE", "/nowhere/ca.pem"),
                ("KAFKA_SECURITY_PROTOCOL", "SSL"),
            ],
            "setting kafka.ca_file: /nowhere/ca.pem cannot be read: No such file or directory (os error 2)",
        ),
        (
            &[("KAFKA_ACKS", "1")],
            "setting kafka.acks: anything but all needs KAFKA_IDEMPOTENCE to be false",
        ),
        (
            &[("KAFKA_REPLICATION_FACTOR", "0")],
            "setting kafka.replication_factor: a topic needs a copy. Set it to 1 or more, or to -1 for what the brokers have as their default",
        ),
        (
            &[
                ("KAFKA_LINGER_MS", "2000"),
                ("KAFKA_MESSAGE_TIMEOUT_MS", "2000"),
            ],
            "setting kafka.linger_ms: must be shorter than KAFKA_MESSAGE_TIMEOUT_MS, or no message is ever sent",
        ),
        (
            &[("EMULATION_LAST_USER_ID", "1010")],
            "setting emulation.last_user_id: user ids 1000 to 1010 are not a range of at least 50 ids within 1 to 4294967294",
        ),
    ];
    for (environment, error) in cases {
        assert_eq!(settings(environment).unwrap_err().to_string(), error);
    }
}

#[test]
fn all_that_a_service_could_not_start_with_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (folder, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
    let all = [
        ("KAFKA_ACKS", "1"),
        ("MINIO_ENDPOINT", "a b"),
        ("HTTP_HOST", "999.1.1.1"),
        ("MODELS_DIR", file),
        ("FILE_ROOT", file),
        ("DATA_DIR", folder),
        ("AUTH_REQUIRED", "true"),
    ];
    let told = ServiceSettings::of_service(&loaded(&all).unwrap());
    let told = told.unwrap_err().to_string();
    let lines: Vec<_> = told.lines().collect();
    let expected = [
        "6 settings cannot be used:",
        "  setting kafka.acks: anything but all needs KAFKA_IDEMPOTENCE to be false",
        "  setting minio.endpoint: got \"a b\" from the environment; expected host, host:port, http://host:port or https://host:port. Set MINIO_ENDPOINT",
        "  setting http.host: got \"999.1.1.1\" from the environment; expected a host name or address. Set HTTP_HOST",
        &format!(
            "  setting models.dir: got \"{file}\" from the environment; expected the path of an existing directory. Set"
        ),
        &format!(
            "  setting file.root: got \"{file}\" from the environment; expected the path of a folder. Set"
        ),
        "  setting auth.required: got true, but there is no token yet",
    ];
    assert_eq!(lines.len(), expected.len(), "{told}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}\n{expected}");
    }
    for one in [
        ("MINIO_ENDPOINT", "http://"),
        ("MINIO_CA_FILE", "/nowhere/ca.pem"),
        ("MODELS_DIR", "/nowhere"),
        ("DATA_DIR", file),
    ] {
        let told = ServiceSettings::of_service(&loaded(&[one]).unwrap());
        let name = one.0.to_lowercase().replacen('_', ".", 1);
        let told = told.unwrap_err().to_string();
        assert!(told.starts_with(&format!("setting {name}: ")), "{told}");
    }
    let token = ("AUTH_ADMIN_TOKEN", "0123456789abcdef0123456789abcdef");
    let secured = [("AUTH_REQUIRED", "true"), ("DATA_DIR", folder), token];
    ServiceSettings::of_service(&loaded(&secured).unwrap()).unwrap();
    // A token could not be created otherwise.
    settings(&secured[..2]).unwrap();
}

#[test]
fn destinations_are_allowed_by_name_or_beginning() {
    let rules = |pairs: &[(&str, &str)]| settings(pairs).unwrap().destination_rules;
    for (pairs, name, is_allowed) in [
        (&[][..], "transactions", true),
        (&[], "topic1", false),
        (&[("DESTINATIONS_RESERVED", "other")], "topic1", true),
        (&[("DESTINATIONS_ALLOWED", " trial-* ,logs,")], "logs", true),
        (
            &[("DESTINATIONS_ALLOWED", " trial-* ,logs,")],
            "trial-1",
            true,
        ),
        (
            &[("DESTINATIONS_ALLOWED", " trial-* ,logs,")],
            "transactions",
            false,
        ),
    ] {
        assert_eq!(
            rules(pairs).check(name).is_ok(),
            is_allowed,
            "{name}: {pairs:?}"
        );
    }
    let wrong = settings(&[("DESTINATIONS_ALLOWED", "a b")])
        .unwrap_err()
        .to_string();
    assert!(
        wrong.starts_with("setting destinations.allowed: got \"a b\"; expected"),
        "{wrong}"
    );
}
