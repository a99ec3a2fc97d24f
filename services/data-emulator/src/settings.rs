//! Converts the table of settings to the configuration of each part.

mod data_dir;
mod table;

pub use data_dir::DataDir;
pub use table::table;

use std::path::{Path, PathBuf};

use adapter_callbacks::CallbackConfig;
use adapter_embedded::settings::{KAFKA_PORT, REGISTRY_PORT, S3_PORT};
use adapter_kafka::KafkaConfig;
use adapter_minio::MinioConfig;
use adapter_redb::{OnDamage, Retention};
use adapter_registry::RegistryConfig;
use emulator_application::resume_emulations::OnRestart;
use emulator_application::{Limits, Quota};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{DestinationRules, NamePattern, NamePatternError, Rate, UserIds};
use platform_access::{Access, AccessSettings};
use platform_http::settings::HttpSettings;
use platform_runtime::settings::{Settings, SettingsError, ShownSetting};

/// The settings of the service, grouped by the part that uses them.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// The Kafka cluster.
    pub kafka: KafkaConfig,
    /// The S3 store.
    pub minio: MinioConfig,
    /// The port of the embedded Kafka; 0 for a free one.
    pub embedded_kafka_port: u16,
    /// The port of the embedded S3 store; 0 for a free one.
    pub embedded_s3_port: u16,
    /// The port of the embedded schema registry; 0 for a free one.
    pub embedded_registry_port: u16,
    /// The schema registry, if there is one.
    pub registry: Option<RegistryConfig>,
    /// The folder of the sink `file`, if it is offered.
    pub file_root: Option<PathBuf>,
    /// Where runs are kept.
    pub data_dir: DataDir,
    /// The folder of offered models.
    pub models_dir: Option<PathBuf>,
    /// Where to listen.
    pub http: HttpSettings,
    /// Callbacks for ended runs, if any receiver is allowed.
    pub callbacks: Option<CallbackConfig>,
    /// The names to which runs may deliver.
    pub destination_rules: DestinationRules,
    /// Records per second of a run that specifies no rate.
    pub rate: Rate,
    /// The ids of the population.
    pub users: UserIds,
    /// Whether transactions carry their label.
    pub labels: Labels,
    /// Limits on concurrent work.
    pub limits: Limits,
    /// The quota of callers whose token has none of its own.
    pub quota: Quota,
    /// Which finished runs are kept.
    pub keep: Retention,
    /// What to do with the unfinished runs of an earlier process.
    pub on_restart: OnRestart,
    /// What to do about damaged state.
    pub on_damage: OnDamage,
    /// All settings in a form that can be shown.
    pub shown: Vec<ShownSetting>,
}

impl ServiceSettings {
    /// [`from`](Self::from), and checks what only a service needs: its folders, and that somebody
    /// may use it.
    ///
    /// # Errors
    /// All settings with which the service could not start.
    pub fn of_service(settings: &Settings) -> Result<Self, SettingsError> {
        let all = Self::from(settings);
        let models = directory(settings, "models.dir", true);
        let data = match settings.text("data.dir") {
            Some("memory") => Ok(()),
            _ => directory(settings, "data.dir", false),
        };
        let files = directory(settings, "file.root", false);
        let access = match (AccessSettings::from(settings), &data) {
            (Ok(access), Ok(())) => DataDir::from_text(settings.text("data.dir"))
                .path()
                .and_then(|data| Access::check(&access, data.as_deref())),
            // The error is among the others already.
            _ => Ok(()),
        };
        SettingsError::all([
            all.as_ref().err(),
            models.as_ref().err(),
            data.as_ref().err(),
            files.as_ref().err(),
            access.as_ref().err(),
        ])?;
        all
    }

    /// Groups the settings of the [`table`].
    ///
    /// # Errors
    /// All settings that cannot be used or contradict each other.
    pub fn from(settings: &Settings) -> Result<Self, SettingsError> {
        let users = UserIds::new(
            settings.whole("emulation.first_user_id"),
            settings.whole("emulation.last_user_id"),
        )
        .map_err(|error| SettingsError::combination("emulation.last_user_id", error.to_string()));
        let kafka = adapter_kafka::settings::producer(settings);
        let minio = adapter_minio::settings::minio(settings);
        let registry = adapter_registry::settings::registry(settings);
        let http = HttpSettings::from(settings);
        let callbacks = adapter_callbacks::settings::callbacks(settings);
        let allowed = patterns(settings, "destinations.allowed");
        let reserved = patterns(settings, "destinations.reserved");
        SettingsError::all([
            users.as_ref().err(),
            kafka.as_ref().err(),
            minio.as_ref().err(),
            registry.as_ref().err(),
            http.as_ref().err(),
            callbacks.as_ref().err(),
            allowed.as_ref().err(),
            reserved.as_ref().err(),
        ])?;
        Ok(Self {
            kafka: kafka?,
            minio: minio?,
            embedded_kafka_port: settings.whole(KAFKA_PORT.key),
            embedded_s3_port: settings.whole(S3_PORT.key),
            embedded_registry_port: settings.whole(REGISTRY_PORT.key),
            registry: registry?,
            file_root: adapter_filesystem::settings::root(settings),
            data_dir: DataDir::from_text(settings.text("data.dir")),
            models_dir: settings.text("models.dir").map(PathBuf::from),
            http: http?,
            callbacks: callbacks?,
            destination_rules: DestinationRules::new(allowed?, reserved?),
            rate: Rate::per_second(settings.decimal("emulation.rate"))
                .expect("the shape of the setting is the range of a rate"),
            users: users?,
            labels: if settings.switch("emulation.labels") {
                Labels::Shown
            } else {
                Labels::Withheld
            },
            limits: Limits {
                running: settings.whole("limits.running"),
                waiting: settings.whole("limits.waiting"),
            },
            quota: Quota {
                runs: whole(settings, "limits.runs_each"),
                rate: whole(settings, "limits.rate_each"),
            },
            keep: adapter_redb::settings::retention(settings),
            on_restart: match settings.required("state.on_restart") {
                "resume" => OnRestart::Resume,
                _ => OnRestart::MarkFailed,
            },
            on_damage: adapter_redb::settings::on_damage(settings),
            shown: settings.shown().to_vec(),
        })
    }
}

/// Checks that a setting, if it is set, names a directory, or one that can be created.
fn directory(settings: &Settings, key: &str, exists: bool) -> Result<(), SettingsError> {
    match settings.text(key).map(Path::new) {
        Some(path) if !path.is_dir() && (exists || path.exists()) => Err(settings.refused(key)),
        _ => Ok(()),
    }
}

/// An integer, if it is set.
fn whole(settings: &Settings, key: &str) -> Option<u32> {
    settings.text(key).and_then(|text| text.parse().ok())
}

/// The names and prefixes in a comma-separated list.
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

#[cfg(test)]
mod tests;
