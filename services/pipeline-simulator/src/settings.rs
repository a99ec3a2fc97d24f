//! The settings of the service, sorted by the part that takes them.

use std::path::PathBuf;
use std::time::Duration;

use adapter_kafka::KafkaConfig;
use adapter_kafka::settings::{CLUSTER, cluster};
use adapter_redb::OnDamage;
use pipeline_domain::source::Names;
use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};
use platform_runtime::telemetry::{LOG_FORMAT, LOG_LEVEL};
use secrecy::SecretString;

/// A transaction ends within this, and a message that is not stored by then has failed.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(60);

/// The settings of the pipeline simulator. docs/reference/pipeline-settings.md is made from this.
pub fn table() -> Vec<Setting> {
    [CLUSTER, OWN].concat()
}

const OWN: &[Setting] = &[
    Setting::new(
        "pipeline.prefix",
        None,
        Shape::Text("letters, digits, '.', '_' and '-'"),
        "Put before the names of topics and consumer groups, so that several pipelines can be \
         rehearsed on one cluster.",
    ),
    Setting::with_default(
        "pipeline.patience",
        "300",
        Shape::whole(0, 86_400, "seconds"),
        "How long Kafka or the database may be away, at the start and later, before a command \
         gives up.",
    ),
    Setting::secret(
        "database.url",
        None,
        "Where rows land: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`. Unset: \
         `pipeline.db` in the data folder (SQLite).",
    ),
    Setting::with_default(
        "data.dir",
        "pipeline-data",
        Shape::Text("path of a folder"),
        "The folder for what the acknowledger has seen, the SQLite database, sample spreadsheets \
         and, in `report`, the charts.",
    ),
    Setting::with_default(
        "state.on_damage",
        "fail",
        Shape::OneOf(&["fail", "set-aside"]),
        "What happens if the file of what the acknowledger has seen is damaged: it does not \
         start, or the file is renamed and its content read again from Kafka.",
    ),
    Setting::with_default(
        "http.host",
        "0.0.0.0",
        Shape::Text("host name or address"),
        "Where the monitor listens; 0.0.0.0 is every interface.",
    ),
    Setting::with_default(
        "http.port",
        "8080",
        Shape::whole(0, 65_535, ""),
        "Port that the monitor listens on; 0 takes a free one.",
    ),
    LOG_LEVEL,
    LOG_FORMAT,
];

/// The settings, sorted by the part that takes them.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// The Kafka cluster.
    pub kafka: KafkaConfig,
    /// The names of topics and groups.
    pub names: Names,
    /// How long outages may last.
    pub retry_policy: Duration,
    /// Where rows land, if not in the data folder.
    pub database: Option<SecretString>,
    /// Directory for persistent state.
    pub data_dir: PathBuf,
    /// What to do if the state is damaged.
    pub on_damage: OnDamage,
    /// Host name or address that the monitor listens on.
    pub host: String,
    /// Its port; 0 takes a free one.
    pub port: u16,
}

impl ServiceSettings {
    /// Sorts the settings of the [`table`].
    ///
    /// # Errors
    /// If settings do not go together.
    pub fn from(settings: &Settings) -> Result<Self, SettingsError> {
        let prefix = settings.text("pipeline.prefix").unwrap_or_default();
        Ok(Self {
            kafka: KafkaConfig {
                client_id: "pipeline-simulator".to_owned(),
                message_timeout: MESSAGE_TIMEOUT,
                ..cluster(settings)?
            },
            names: Names::with_prefix(prefix).map_err(|error| {
                SettingsError::combination("pipeline.prefix", error.to_string())
            })?,
            retry_policy: Duration::from_secs(settings.whole("pipeline.patience")),
            database: settings.secret("database.url"),
            data_dir: PathBuf::from(settings.required("data.dir")),
            on_damage: match settings.required("state.on_damage") {
                "set-aside" => OnDamage::SetAside,
                _ => OnDamage::Fail,
            },
            host: settings.required("http.host").to_owned(),
            port: settings.whole("http.port"),
        })
    }
}
