//! The settings of the service, grouped by the part that uses them.

use std::path::PathBuf;
use std::time::Duration;

use adapter_embedded::settings::KAFKA_PORT;
use adapter_kafka::KafkaConfig;
use adapter_kafka::settings::{CLUSTER, cluster};
use adapter_redb::OnDamage;
use adapter_redb::settings::ON_DAMAGE;
use adapter_sql::settings::DATABASE;
use pipeline_domain::source::Names;
use platform_http::settings::{HttpSettings, http};
use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};
use platform_runtime::telemetry::TELEMETRY;
use secrecy::SecretString;

/// Time-out of transactions and of the delivery of messages.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(60);

/// The settings of the pipeline simulator. docs/reference/pipeline-settings.md is generated from
/// this.
pub fn table() -> Vec<Setting> {
    [
        CLUSTER,
        PIPELINE,
        &[KAFKA_PORT, DATABASE],
        STATE,
        &[ON_DAMAGE],
        &http("8080"),
        TELEMETRY,
    ]
    .concat()
}

const PIPELINE: &[Setting] = &[
    Setting::new(
        "pipeline.prefix",
        None,
        Shape::Text("letters, digits, '.', '_' and '-'"),
        "Prefix of the names of topics and consumer groups, so that several pipelines can be \
         rehearsed on one cluster.",
    ),
    Setting::with_default(
        "pipeline.patience",
        "300",
        Shape::whole(0, 86_400, "seconds"),
        "How long Kafka or the database may be unavailable, at the start or later, before a \
         command gives up.",
    ),
];

const STATE: &[Setting] = &[Setting::with_default(
    "data.dir",
    "pipeline-data",
    Shape::Text("the path of a folder"),
    "Folder for the acknowledger's state, the SQLite database, sample spreadsheets and, in the \
     subfolder `report`, the charts.",
)];

/// The settings, grouped by the part that uses them.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// The Kafka cluster.
    pub kafka: KafkaConfig,
    /// The port of the embedded Kafka; 0 for a free one.
    pub embedded_port: u16,
    /// The names of topics and groups.
    pub names: Names,
    /// How long outages may last.
    pub retry_policy: Duration,
    /// The database's URL, if it is not in the data folder.
    pub database: Option<SecretString>,
    /// Directory for persistent state.
    pub data_dir: PathBuf,
    /// What to do if the state is damaged.
    pub on_damage: OnDamage,
    /// Where the monitor listens.
    pub http: HttpSettings,
}

impl ServiceSettings {
    /// Groups the settings of the [`table`].
    ///
    /// # Errors
    /// If settings contradict each other.
    pub fn from(settings: &Settings) -> Result<Self, SettingsError> {
        let prefix = settings.text("pipeline.prefix").unwrap_or_default();
        Ok(Self {
            kafka: KafkaConfig {
                client_id: "pipeline-simulator".to_owned(),
                message_timeout: MESSAGE_TIMEOUT,
                ..cluster(settings)?
            },
            embedded_port: settings.whole(KAFKA_PORT.key),
            names: Names::with_prefix(prefix).map_err(|error| {
                SettingsError::combination("pipeline.prefix", error.to_string())
            })?,
            retry_policy: Duration::from_secs(settings.whole("pipeline.patience")),
            database: settings.secret(DATABASE.key),
            data_dir: PathBuf::from(settings.required("data.dir")),
            on_damage: adapter_redb::settings::on_damage(settings),
            http: HttpSettings::from(settings)?,
        })
    }
}
