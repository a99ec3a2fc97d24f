//! A cluster as settings of a service.

mod producer;

pub use producer::{PRODUCER, producer};

use std::fs::File;
use std::path::PathBuf;

use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};

use crate::{KafkaConfig, Sasl, SaslMechanism, Tls};

/// Which cluster to use, how to log in, and how topics are created.
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
        Shape::Text("a text"),
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
        Shape::Text("the path of a PEM file"),
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

/// The cluster that these settings describe, with defaults for what they leave out.
///
/// # Errors
/// If settings contradict each other, or the certificate file cannot be read.
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
    let servers = settings.required("kafka.bootstrap_servers");
    if let Some(wrong) = servers.split(',').find(|server| !is_server(server.trim())) {
        let why = format!(
            "got \"{}\", expected host:port with a port from 1 to 65535, several separated by commas",
            wrong.escape_debug()
        );
        return Err(SettingsError::combination("kafka.bootstrap_servers", why));
    }
    let replication_factor = settings.whole("kafka.replication_factor");
    if replication_factor == 0 {
        let why = "a topic needs a copy. Set it to 1 or more, or to -1 for what the brokers have as their default";
        return Err(SettingsError::combination("kafka.replication_factor", why));
    }
    Ok(KafkaConfig {
        bootstrap_servers: servers.to_owned(),
        tls,
        sasl,
        partitions: settings.whole("kafka.partitions"),
        replication_factor,
        ..KafkaConfig::default()
    })
}

/// Whether this names a broker. Without a port it is the client's default; the client takes a port
/// that is too large modulo 65,536.
fn is_server(server: &str) -> bool {
    let port = match server.rsplit_once(':') {
        Some(("", _)) => return false,
        Some((_, port)) if !port.contains(']') => port,
        _ => return !server.is_empty(),
    };
    port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::is_server;

    #[test]
    fn brokers_have_hosts_and_ports_that_exist() {
        for server in [
            "broker",
            "broker:9092",
            "10.0.0.1:1",
            "[::1]:65535",
            "[::1]",
            "SSL://b:9093",
        ] {
            assert!(is_server(server), "{server}");
        }
        for server in [
            "",
            ":9092",
            "broker:",
            "broker:0",
            "broker:65536",
            "broker:99999",
            "b:x",
        ] {
            assert!(!is_server(server), "{server}");
        }
    }
}
