//! Assembles the warehouse from its adapters.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_avro::BackupFolder;
use adapter_filesystem::{CsvFolder, RejectFolder};
use adapter_sql::open_warehouse;
use anyhow::Context;
use platform_runtime::settings::SettingsError;
use tracing::warn;
use warehouse_application::Warehouse;
use warehouse_ports::{History, RejectLog, Store, StoreError};

use crate::settings::ServiceSettings;

/// How long a database may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The use cases, on a prepared database.
pub(crate) async fn warehouse(settings: &ServiceSettings) -> anyhow::Result<Warehouse> {
    let store = store(settings)?;
    prepare(&*store).await?;
    Ok(Warehouse {
        dictionary: settings.dictionary.clone(),
        store,
        backups: Arc::new(backups(settings)),
    })
}

/// Waits for a database that is still starting, and says so.
async fn prepare(store: &dyn Store) -> Result<(), StoreError> {
    let started = Instant::now();
    let mut is_told = false;
    loop {
        match store.prepare().await {
            Err(StoreError::Unreachable(error)) if started.elapsed() < PATIENCE => {
                if !is_told {
                    warn!(error, "the database is tried again for a minute");
                    is_told = true;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            done => return done,
        }
    }
}

pub(crate) fn backups(settings: &ServiceSettings) -> BackupFolder {
    let folder = settings.data_dir.join("backups");
    BackupFolder::new(folder, settings.codec, settings.keep)
}

fn store(settings: &ServiceSettings) -> anyhow::Result<Arc<dyn Store>> {
    let url = match &settings.database {
        Some(url) => url.clone(),
        None => {
            create(&settings.data_dir)?;
            let file = settings.data_dir.join("warehouse.db");
            format!("sqlite:{}", file.display()).into()
        }
    };
    open_warehouse(&url, settings.dictionary.clone())
        .map_err(|error| SettingsError::combination("database.url", error.to_string()).into())
}

pub(crate) fn history(folder: &Path) -> Arc<dyn History> {
    Arc::new(CsvFolder::new(folder.to_owned()))
}

pub(crate) fn rejects(settings: &ServiceSettings) -> Arc<dyn RejectLog> {
    Arc::new(RejectFolder::new(settings.data_dir.join("rejects")))
}

/// Creates a folder unless it exists.
pub(crate) fn create(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("setting data.dir: {} cannot be created", folder.display()))
}
