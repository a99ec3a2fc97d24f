//! From the table of settings to what the parts of the service take.

mod table;

pub use table::TABLE;

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use adapter_kafka::{Acks, Compression, KafkaConfig, Sasl, SaslMechanism, Tls};
use adapter_minio::MinioConfig;
use adapter_redb::{Keep, OnDamage};
use emulator_application::Limits;
use emulator_application::resume_emulations::OnRestart;
use emulator_domain::record::transaction::Labels;
use emulator_domain::{Rate, UserIds};
use platform_runtime::settings::{Settings, SettingsError};

/// The settings of the service, by the part that takes them.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// The Kafka cluster.
    pub kafka: KafkaConfig,
    /// The S3 store.
    pub minio: MinioConfig,
    /// The folder of the sink `file`, if it is offered.
    pub file_root: Option<PathBuf>,
    /// The folder for what outlives the process, if anything does.
    pub data_dir: Option<PathBuf>,
    /// Host name or address to listen on.
    pub host: String,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Records a second of a run that names no rate.
    pub rate: Rate,
    /// The ids of the population.
    pub users: UserIds,
    /// Whether transactions carry their label.
    pub labels: Labels,
    /// How much may go on at once.
    pub limits: Limits,
    /// Which finished runs are remembered.
    pub keep: Keep,
    /// What becomes of the unfinished runs of an earlier process.
    pub on_restart: OnRestart,
    /// What is done about damaged state.
    pub on_damage: OnDamage,
}

impl ServiceSettings {
    /// Sorts the settings of the [`TABLE`].
    ///
    /// # Errors
    /// If settings do not go together.
    pub fn from(settings: &Settings) -> Result<Self, SettingsError> {
        let path = |key| settings.text(key).map(PathBuf::from);
        let users = UserIds::new(
            settings.whole("emulation.first_user_id"),
            settings.whole("emulation.last_user_id"),
        )
        .map_err(|error| combination("emulation.last_user_id", error.to_string()))?;
        Ok(Self {
            kafka: kafka(settings)?,
            minio: minio(settings),
            file_root: path("file.root"),
            data_dir: path("data.dir"),
            host: settings.required("http.host").to_owned(),
            port: settings.whole("http.port"),
            rate: Rate::per_second(settings.decimal("emulation.rate"))
                .expect("the shape of the setting is the range of a rate"),
            users,
            labels: if settings.switch("emulation.labels") {
                Labels::Shown
            } else {
                Labels::Withheld
            },
            limits: Limits {
                running: settings.whole("limits.running"),
                waiting: settings.whole("limits.waiting"),
            },
            keep: Keep {
                finished: settings.whole("state.keep_finished"),
                age: Duration::from_hours(24 * settings.whole::<u64>("state.keep_age")),
            },
            on_restart: match settings.required("state.on_restart") {
                "resume" => OnRestart::Resume,
                _ => OnRestart::MarkFailed,
            },
            on_damage: match settings.required("state.on_damage") {
                "set-aside" => OnDamage::SetAside,
                _ => OnDamage::Fail,
            },
        })
    }
}

fn kafka(settings: &Settings) -> Result<KafkaConfig, SettingsError> {
    let sasl = match (
        settings.text("kafka.username"),
        settings.secret("kafka.password"),
    ) {
        (Some(username), Some(password)) => Some(Sasl {
            mechanism: named(
                settings,
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
            return Err(combination("kafka.password", why));
        }
        (None, Some(_)) => {
            let why = "there is a password (KAFKA_PASSWORD) and no user. Set KAFKA_USERNAME, or take the password out";
            return Err(combination("kafka.username", why));
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
        return Err(combination("kafka.security_protocol", why));
    }
    let tls = protocol.ends_with("SSL").then(|| Tls {
        ca_file: settings.text("kafka.ca_file").map(PathBuf::from),
    });
    if let Some(path) = settings.text("kafka.ca_file") {
        if tls.is_none() {
            let why = format!(
                "{protocol} checks no certificates. Choose SSL or SASL_SSL, or take KAFKA_CA_FILE out"
            );
            return Err(combination("kafka.ca_file", why));
        }
        File::open(path).map_err(|error| {
            combination("kafka.ca_file", format!("{path} cannot be read: {error}"))
        })?;
    }
    let acks = named(settings, "kafka.acks", &Acks::ALL, Acks::name);
    let idempotence = settings.switch("kafka.idempotence");
    if idempotence && acks != Acks::All {
        let why = "anything but all needs KAFKA_IDEMPOTENCE to be false";
        return Err(combination("kafka.acks", why));
    }
    let replication_factor = settings.whole("kafka.replication_factor");
    if replication_factor == 0 {
        let why = "a topic needs a copy. Set it to 1 or more, or to -1 for what the brokers have as their default";
        return Err(combination("kafka.replication_factor", why));
    }
    let milliseconds = |key| Duration::from_millis(settings.whole(key));
    let (linger, message_timeout) = (
        milliseconds("kafka.linger_ms"),
        milliseconds("kafka.message_timeout_ms"),
    );
    if linger >= message_timeout {
        let why = "must be shorter than KAFKA_MESSAGE_TIMEOUT_MS, or no message is ever sent";
        return Err(combination("kafka.linger_ms", why));
    }
    Ok(KafkaConfig {
        bootstrap_servers: settings.required("kafka.bootstrap_servers").to_owned(),
        tls,
        sasl,
        compression: named(
            settings,
            "kafka.compression",
            &Compression::ALL,
            Compression::name,
        ),
        linger,
        batch_size: settings.whole("kafka.batch_size"),
        acks,
        idempotence,
        message_timeout,
        queue_bytes: settings.whole("kafka.queue_bytes"),
        queue_messages: settings.whole("kafka.queue_messages"),
        event_timestamps: settings.switch("kafka.event_timestamps"),
        partitions: settings.whole("kafka.partitions"),
        replication_factor,
        ..KafkaConfig::default()
    })
}

fn minio(settings: &Settings) -> MinioConfig {
    let secret_key = settings
        .secret("minio.secret_key")
        .expect("the setting has a default");
    MinioConfig {
        secure: settings.switch("minio.secure"),
        region: settings.required("minio.region").to_owned(),
        part_size: settings.whole("minio.part_size"),
        ..MinioConfig::new(
            settings.required("minio.endpoint"),
            settings.required("minio.access_key"),
            secret_key,
        )
    }
}

/// The one of `all` whose name the setting has; the shape of the setting lists the same names.
fn named<T: Copy>(settings: &Settings, key: &str, all: &[T], name: fn(T) -> &'static str) -> T {
    let wanted = settings.required(key);
    let found = all.iter().copied().find(|one| name(*one) == wanted);
    found.unwrap_or_else(|| panic!("{key} allows {wanted}, which nothing is named"))
}

fn combination(key: &'static str, why: impl Into<String>) -> SettingsError {
    SettingsError::Combination {
        key,
        why: why.into(),
    }
}

#[cfg(test)]
mod tests;
