//! A cluster as settings of a service.

mod producer;

pub use producer::{PRODUCER, producer};

use std::fs::File;
use std::path::PathBuf;

use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};

use crate::{KafkaConfig, Sasl, SaslMechanism, Tls};

/// Which cluster, how to log in, and how topics are made there.
pub const CLUSTER: &[Setting] = &[
    Setting::with_default(
        "kafka.bootstrap_servers",
        "localhost:9092",
        Shape::Text("host:port, several separated by commas"),
        "Brokers to contact first, to discover the cluster.",
    ),
    Setting::new(
        "kafka.security_protocol",
        None,
        Shape::OneOf(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]),
        "How to connect. Unset: `SASL_SSL` if user and password are set, otherwise `PLAINTEXT`.",
    ),
    Setting::with_default(
        "kafka.sasl_mechanism",
        "PLAIN",
        Shape::OneOf(&["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
        "SASL mechanism for authentication with user and password.",
    ),
    Setting::new(
        "kafka.username",
        None,
        Shape::Text("text"),
        "User name; set it together with the password.",
    ),
    Setting::secret(
        "kafka.password",
        None,
        "Password; set it together with the user name.",
    ),
    Setting::new(
        "kafka.ca_file",
        None,
        Shape::Text("path of a PEM file"),
        "CA certificates to trust for the brokers. Unset: the system's.",
    ),
    Setting::with_default(
        "kafka.partitions",
        "5",
        Shape::whole(1, 10_000, "partitions"),
        "Number of partitions of a topic that the service creates.",
    ),
    Setting::with_default(
        "kafka.replication_factor",
        "-1",
        Shape::whole(-1, 100, "copies"),
        "Replication factor of a topic that the service creates. -1: the brokers' default, which \
         suits one broker as well as twenty.",
    ),
];

/// The cluster that these settings lead to; what they do not say is as by default.
///
/// # Errors
/// If settings do not go together, or the file of certificates cannot be read.
pub fn cluster(settings: &Settings) -> Result<KafkaConfig, SettingsError> {
    let sasl = match (
        settings.text("kafka.username"),
        settings.secret("kafka.password"),
    ) {
        (Some(username), Some(password)) => Some(Sasl {
            mechanism: settings.named(
                "kafka.sasl_mechanism",
                &SaslMechanism::ALL,
                SaslMechanism::name,
            ),
            username: username.to_owned(),
            password,
        }),
        (None, None) => None,
        (Some(_), None) => {
            let why = "there is a user (KAFKA_USERNAME) and no password. Set KAFKA_PASSWORD, or take the user out";
            return Err(SettingsError::combination("kafka.password", why));
        }
        (None, Some(_)) => {
            let why = "there is a password (KAFKA_PASSWORD) and no user. Set KAFKA_USERNAME, or take the password out";
            return Err(SettingsError::combination("kafka.username", why));
        }
    };
    let derived = if sasl.is_some() {
        "SASL_SSL"
    } else {
        "PLAINTEXT"
    };
    let protocol = settings.text("kafka.security_protocol").unwrap_or(derived);
    if protocol.starts_with("SASL") != sasl.is_some() {
        let why = match sasl {
            None => format!("{protocol} needs KAFKA_USERNAME and KAFKA_PASSWORD"),
            Some(_) => format!(
                "{protocol} would leave user and password unused. Choose SASL_SSL or \
                 SASL_PLAINTEXT, or take KAFKA_USERNAME and KAFKA_PASSWORD out"
            ),
        };
        return Err(SettingsError::combination("kafka.security_protocol", why));
    }
    let tls = protocol.ends_with("SSL").then(|| Tls {
        ca_file: settings.text("kafka.ca_file").map(PathBuf::from),
    });
    if let Some(path) = settings.text("kafka.ca_file") {
        if tls.is_none() {
            let why = format!(
                "{protocol} checks no certificates. Choose SSL or SASL_SSL, or take KAFKA_CA_FILE out"
            );
            return Err(SettingsError::combination("kafka.ca_file", why));
        }
        File::open(path).map_err(|error| {
            SettingsError::combination("kafka.ca_file", format!("{path} cannot be read: {error}"))
        })?;
    }
    let replication_factor = settings.whole("kafka.replication_factor");
    if replication_factor == 0 {
        let why = "a topic needs a copy. Set it to 1 or more, or to -1 for what the brokers have as their default";
        return Err(SettingsError::combination("kafka.replication_factor", why));
    }
    Ok(KafkaConfig {
        bootstrap_servers: settings.required("kafka.bootstrap_servers").to_owned(),
        tls,
        sasl,
        partitions: settings.whole("kafka.partitions"),
        replication_factor,
        ..KafkaConfig::default()
    })
}
