//! Assembles the adapters for the commands.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adapter_charts::ReportFolder;
use adapter_embedded::EmbeddedKafka;
use adapter_kafka::{KafkaLog, KafkaSink};
use adapter_redb::RedbArrivals;
use adapter_spreadsheets::SpreadsheetFolder;
use adapter_sql::SqlDatabase;
use anyhow::Context;
use pipeline_application::RetryPolicy;
use pipeline_application::produce::{self, Rows, SendPace};
use pipeline_domain::source::Source;
use pipeline_ports::{Arrivals, Database, EventLog, EventSink, PortError, Reports};
use platform_runtime::settings::SettingsError;

use crate::cli::Input;
use crate::settings::ServiceSettings;

/// Maximum pause before a row of a spreadsheet, in milliseconds; all events then take a second or
/// two.
const PAUSE: u64 = 100;

pub(crate) fn log(settings: &ServiceSettings) -> Arc<dyn EventLog> {
    Arc::new(KafkaLog::new(
        settings.kafka.clone(),
        settings.names.clone(),
    ))
}

pub(crate) fn sink(settings: &ServiceSettings) -> Result<Arc<dyn EventSink>, PortError> {
    Ok(Arc::new(KafkaSink::new(
        &settings.kafka,
        settings.names.clone(),
    )?))
}

pub(crate) fn database(settings: &ServiceSettings) -> anyhow::Result<Arc<dyn Database>> {
    let url = match &settings.database {
        Some(url) => url.clone(),
        None => {
            create_folder(&settings.data_dir)?;
            let file = settings.data_dir.join("pipeline.db");
            format!("sqlite:{}", file.display()).into()
        }
    };
    let database = SqlDatabase::at(&url, settings.names.clone())
        .map_err(|error| SettingsError::combination("database.url", error.message))?;
    Ok(Arc::new(database))
}

/// Opens the state in `folder`. Blocks.
pub(crate) fn arrivals(
    settings: &ServiceSettings,
    folder: &Path,
) -> anyhow::Result<Arc<dyn Arrivals>> {
    let arrivals = RedbArrivals::open(folder, settings.on_damage).map_err(SettingsError::from)?;
    Ok(Arc::new(arrivals))
}

pub(crate) fn reports(settings: &ServiceSettings) -> Arc<dyn Reports> {
    Arc::new(ReportFolder::new(settings.data_dir.join("report")))
}

pub(crate) fn retry_policy(settings: &ServiceSettings) -> RetryPolicy {
    RetryPolicy::new(settings.retry_policy)
}

/// Reads and checks all the rows to send. Blocks.
pub(crate) fn input(settings: &ServiceSettings, input: &Input) -> anyhow::Result<(Rows, SendPace)> {
    let (rows, pause) = match (input.rows, &input.input) {
        (Some(count), _) => (Rows::Samples(count), 0),
        (None, Some(folder)) => {
            let sheets = SpreadsheetFolder::new(folder.clone());
            (produce::read_sheets(&sheets)?, PAUSE)
        }
        (None, None) => {
            let folder = settings.data_dir.join("samples");
            create_folder(&folder)?;
            let sheets = SpreadsheetFolder::new(folder);
            produce::write_samples(&sheets)?;
            (produce::read_sheets(&sheets)?, PAUSE)
        }
    };
    let pace = match input.rate {
        Some(rate) => SendPace::Rate(rate),
        None => SendPace::Pauses(input.delay.unwrap_or(pause)),
    };
    Ok((rows, pace))
}

/// Starts a Kafka broker in this process and points `settings` to it. Blocks.
pub(crate) fn embedded(settings: &mut ServiceSettings) -> anyhow::Result<EmbeddedKafka> {
    let names = Source::ALL.map(|source| settings.names.topic(source));
    let (ack, dead_letters) = (settings.names.ack(), settings.names.dead_letters());
    let topics: Vec<(&str, i32)> = names
        .iter()
        .chain([&ack, &dead_letters])
        .map(|name| (name.as_str(), settings.kafka.partitions))
        .collect();
    let kafka = EmbeddedKafka::start(&topics, settings.embedded_port)?;
    settings.kafka.bootstrap_servers = kafka.bootstrap_servers().to_owned();
    settings.kafka.tls = None;
    settings.kafka.sasl = None;
    settings.kafka.fetch_wait = Duration::from_millis(2);
    Ok(kafka)
}

/// Creates a folder if it is missing.
pub(crate) fn create_folder(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("setting data.dir: cannot create {}", folder.display()))
}
