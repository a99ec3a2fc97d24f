//! From the table of settings to what the parts of the service take.

mod table;

pub use table::table;

use std::path::PathBuf;
use std::time::Duration;

use adapter_kafka::{Acks, Compression, KafkaConfig};
use adapter_minio::MinioConfig;
use adapter_redb::{OnDamage, Retention};
use emulator_application::Limits;
use emulator_application::resume_emulations::OnRestart;
use emulator_domain::record::transaction::Labels;
use emulator_domain::{DestinationRules, NamePattern, NamePatternError, Rate, UserIds};
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
    /// Which names runs may deliver to.
    pub destination_rules: DestinationRules,
    /// Records a second of a run that names no rate.
    pub rate: Rate,
    /// The ids of the population.
    pub users: UserIds,
    /// Whether transactions carry their label.
    pub labels: Labels,
    /// How much may go on at once.
    pub limits: Limits,
    /// Which finished runs are remembered.
    pub keep: Retention,
    /// What becomes of the unfinished runs of an earlier process.
    pub on_restart: OnRestart,
    /// What is done about damaged state.
    pub on_damage: OnDamage,
}

impl ServiceSettings {
    /// Sorts the settings of the [`table`].
    ///
    /// # Errors
    /// If settings do not go together.
    pub fn from(settings: &Settings) -> Result<Self, SettingsError> {
        let path = |key| settings.text(key).map(PathBuf::from);
        let users = UserIds::new(
            settings.whole("emulation.first_user_id"),
            settings.whole("emulation.last_user_id"),
        )
        .map_err(|error| SettingsError::combination("emulation.last_user_id", error.to_string()))?;
        Ok(Self {
            kafka: kafka(settings)?,
            minio: minio(settings),
            file_root: path("file.root"),
            data_dir: path("data.dir"),
            host: settings.required("http.host").to_owned(),
            port: settings.whole("http.port"),
            destination_rules: DestinationRules::new(
                patterns(settings, "destinations.allowed")?,
                patterns(settings, "destinations.reserved")?,
            ),
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
            keep: Retention {
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

/// The names and beginnings of names in a list with commas.
fn patterns(settings: &Settings, key: &'static str) -> Result<Vec<NamePattern>, SettingsError> {
    let texts = settings.text(key).unwrap_or_default().split(',');
    let texts = texts.map(str::trim).filter(|text| !text.is_empty());
    texts
        .map(|text| {
            text.parse().map_err(|error: NamePatternError| {
                SettingsError::combination(key, error.to_string())
            })
        })
        .collect()
}

fn kafka(settings: &Settings) -> Result<KafkaConfig, SettingsError> {
    let acks = settings.named("kafka.acks", &Acks::ALL, Acks::name);
    let idempotence = settings.switch("kafka.idempotence");
    if idempotence && acks != Acks::All {
        let why = "anything but all needs KAFKA_IDEMPOTENCE to be false";
        return Err(SettingsError::combination("kafka.acks", why));
    }
    let milliseconds = |key| Duration::from_millis(settings.whole(key));
    let (linger, message_timeout) = (
        milliseconds("kafka.linger_ms"),
        milliseconds("kafka.message_timeout_ms"),
    );
    if linger >= message_timeout {
        let why = "must be shorter than KAFKA_MESSAGE_TIMEOUT_MS, or no message is ever sent";
        return Err(SettingsError::combination("kafka.linger_ms", why));
    }
    Ok(KafkaConfig {
        compression: settings.named("kafka.compression", &Compression::ALL, Compression::name),
        linger,
        batch_size: settings.whole("kafka.batch_size"),
        acks,
        idempotence,
        message_timeout,
        queue_bytes: settings.whole("kafka.queue_bytes"),
        queue_messages: settings.whole("kafka.queue_messages"),
        event_timestamps: settings.switch("kafka.event_timestamps"),
        ..adapter_kafka::settings::cluster(settings)?
    })
}

fn minio(settings: &Settings) -> MinioConfig {
    let secret_key = settings
        .secret("minio.secret_key")
        .expect("the setting has a default");
    MinioConfig {
        secure: settings.switch("minio.secure"),
        ca_file: settings.text("minio.ca_file").map(PathBuf::from),
        region: settings.required("minio.region").to_owned(),
        part_size: settings.whole("minio.part_size"),
        ..MinioConfig::new(
            settings.required("minio.endpoint"),
            settings.required("minio.access_key"),
            secret_key,
        )
    }
}

#[cfg(test)]
mod tests;
