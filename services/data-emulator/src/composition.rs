//! Which adapters the emulator is made of.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use adapter_filesystem::FolderStore;
use adapter_formats::Formats;
use adapter_kafka::KafkaDestination;
use adapter_memory::{MemoryEmulations, Null, SystemClock};
use adapter_minio::{MinioConfigError, MinioStore};
use anyhow::Context;
use emulator_application::{
    Defaults, Emulator, EmulatorParts, Limits, ObjectDestination, OnShutdown,
};
use emulator_domain::plan::{Pace, Sink};
use emulator_ports::{Destination, ObjectStore};
use platform_runtime::settings::SettingsError;
use tokio::runtime::Handle;

use crate::settings::ServiceSettings;

/// Destinations by the names that requests have for them.
pub(crate) type Destinations = BTreeMap<Sink, Arc<dyn Destination>>;

/// All destinations that the settings offer to requests.
pub(crate) fn destinations(settings: &ServiceSettings) -> anyhow::Result<Destinations> {
    let mut destinations = Destinations::from([
        (Sink::Kafka, kafka(settings)),
        (Sink::Minio, minio(settings)?),
        (Sink::Null, Arc::new(Null) as Arc<dyn Destination>),
    ]);
    if let Some(root) = &settings.file_root {
        destinations.insert(Sink::File, objects(FolderStore::new(root.clone())));
    }
    Ok(destinations)
}

pub(crate) fn kafka(settings: &ServiceSettings) -> Arc<dyn Destination> {
    Arc::new(KafkaDestination::new(settings.kafka.clone()))
}

pub(crate) fn minio(settings: &ServiceSettings) -> anyhow::Result<Arc<dyn Destination>> {
    Ok(objects(minio_store(settings)?))
}

pub(crate) fn minio_store(settings: &ServiceSettings) -> anyhow::Result<MinioStore> {
    let store = MinioStore::new(&settings.minio, Handle::current());
    store.map_err(|error| match error {
        MinioConfigError::Endpoint => SettingsError::Combination {
            key: "minio.endpoint",
            why: error.to_string(),
        }
        .into(),
        error => anyhow::Error::new(error),
    })
}

/// A store of objects as a destination.
pub(crate) fn objects(store: impl ObjectStore + 'static) -> Arc<dyn Destination> {
    Arc::new(ObjectDestination::new(Arc::new(store)))
}

/// The emulator over `destinations`, with `threads` that generate; none: the machine's cores. Must
/// be called on the main runtime.
pub(crate) fn emulator(
    settings: &ServiceSettings,
    destinations: Destinations,
    limits: Limits,
    threads: Option<usize>,
) -> anyhow::Result<Emulator> {
    let cores = || available_parallelism().map_or(1, NonZeroUsize::get);
    Emulator::new(EmulatorParts {
        repository: Arc::new(MemoryEmulations::new(settings.finished_kept)),
        destinations,
        encoders: Arc::new(Formats),
        clock: Arc::new(SystemClock),
        runtime: Handle::current(),
        limits,
        threads: threads.unwrap_or_else(cores),
        on_shutdown: OnShutdown::Cancel,
        defaults: Defaults {
            rate: settings.rate,
            pace: Pace::Realtime,
            users: settings.users,
            labels: settings.labels,
        },
    })
    .context("the machine gives no threads")
}
