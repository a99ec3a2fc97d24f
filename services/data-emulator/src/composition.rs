//! Assembles the emulator from its adapters.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;

use adapter_callbacks::SignedCallbacks;
use adapter_clock::SystemClock;
use adapter_filesystem::{FolderStore, Stdout};
use adapter_formats::Formats;
use adapter_kafka::{KafkaDestination, KafkaSource};
use adapter_memory::{MemoryEmulations, Null};
use adapter_minio::MinioStore;
use adapter_redb::RedbEmulations;
use adapter_registry::HttpRegistry;
use anyhow::Context;
use emulator_application::models::Models;
use emulator_application::verify_delivery::DeliverySource;
use emulator_application::{
    Defaults, Emulator, EmulatorParts, Limits, ObjectDestination, OnShutdown,
};
use emulator_domain::Seed;
use emulator_domain::plan::{Pace, Sink};
use emulator_ports::{Callbacks, Destination, EmulationRepository, ObjectStore, SchemaRegistry};
use platform_runtime::settings::SettingsError;
use tokio::runtime::Handle;

use crate::arguments::Target;
use crate::population;
use crate::settings::ServiceSettings;

/// Destinations by the names used in requests.
pub(crate) type Destinations = BTreeMap<Sink, Arc<dyn Destination>>;

/// The sinks that the settings offer to requests.
pub fn requestable(settings: &ServiceSettings) -> Vec<Sink> {
    let has_folder = settings.file_root.is_some();
    let sinks = Sink::requestable();
    sinks
        .filter(|sink| has_folder || !sink.capabilities().in_folder)
        .collect()
}

/// All destinations that the settings offer to requests.
pub(crate) fn destinations(settings: &ServiceSettings) -> anyhow::Result<Destinations> {
    let sinks = requestable(settings).into_iter();
    let folder = settings.file_root.as_deref();
    sinks
        .map(|sink| Ok((sink, destination(sink, folder, settings)?)))
        .collect()
}

/// A destination; `folder` is for sinks that have one.
pub(crate) fn destination(
    sink: Sink,
    folder: Option<&Path>,
    settings: &ServiceSettings,
) -> anyhow::Result<Arc<dyn Destination>> {
    Ok(match sink {
        Sink::Kafka => Arc::new(KafkaDestination::new(settings.kafka.clone())),
        Sink::Minio => objects(minio_store(settings)?),
        Sink::File => objects(folder_store(folder)?),
        Sink::Stdout => objects(Stdout::of_process().context("there is no standard output")?),
        Sink::Null => Arc::new(Null),
    })
}

/// The source for reading records back, if the sink keeps any.
pub(crate) fn source(
    from: &Target,
    settings: &ServiceSettings,
) -> anyhow::Result<Option<DeliverySource>> {
    Ok(match from.sink {
        Sink::Kafka => Some(DeliverySource::Messages(Arc::new(KafkaSource::new(
            settings.kafka.clone(),
        )))),
        Sink::Minio => Some(DeliverySource::Objects(Arc::new(minio_store(settings)?))),
        Sink::File => {
            let store = folder_store(from.folder.as_deref())?;
            Some(DeliverySource::Objects(Arc::new(store)))
        }
        Sink::Stdout | Sink::Null => None,
    })
}

fn folder_store(folder: Option<&Path>) -> anyhow::Result<FolderStore> {
    let folder = folder.context("files need a folder: file:DIR, or FILE_ROOT")?;
    Ok(FolderStore::new(folder.to_owned()))
}

pub(crate) fn minio_store(settings: &ServiceSettings) -> anyhow::Result<MinioStore> {
    let store = MinioStore::new(&settings.minio, Handle::current());
    Ok(store.map_err(SettingsError::from)?)
}

/// An object store as a destination.
fn objects(store: impl ObjectStore + 'static) -> Arc<dyn Destination> {
    Arc::new(ObjectDestination::new(Arc::new(store), Arc::new(Formats)))
}

/// The schema registry of the settings, if there is one.
pub(crate) fn registry(
    settings: &ServiceSettings,
) -> anyhow::Result<Option<Arc<dyn SchemaRegistry>>> {
    let Some(config) = &settings.registry else {
        return Ok(None);
    };
    let registry = HttpRegistry::new(config).map_err(SettingsError::from)?;
    Ok(Some(Arc::new(registry)))
}

/// The callbacks for ended runs, if the settings allow any.
fn callbacks(settings: &ServiceSettings) -> anyhow::Result<Option<Arc<dyn Callbacks>>> {
    let Some(config) = settings.callbacks.clone() else {
        return Ok(None);
    };
    let callbacks = SignedCallbacks::new(config).context("no client of HTTP can be set up")?;
    Ok(Some(Arc::new(callbacks)))
}

/// Where runs are stored, and what happens to unfinished ones when the process ends.
pub(crate) struct Runs {
    repository: Arc<dyn EmulationRepository>,
    /// The seed of the people and shops in runs without a seed.
    population: Option<Seed>,
    on_shutdown: OnShutdown,
}

impl Runs {
    /// Runs are kept only as long as the process lives.
    pub(crate) fn in_memory(settings: &ServiceSettings) -> Self {
        Self {
            repository: Arc::new(MemoryEmulations::new(settings.keep.finished)),
            population: None,
            on_shutdown: OnShutdown::Cancel,
        }
    }

    /// Runs are kept in the folder, from process to process. Blocks.
    pub(crate) fn in_file(folder: &Path, settings: &ServiceSettings) -> anyhow::Result<Self> {
        let population = Some(population::kept_in(folder)?);
        let file = RedbEmulations::open(folder, settings.keep, settings.on_damage)
            .map_err(SettingsError::from)?;
        Ok(Self {
            repository: Arc::new(file),
            population,
            on_shutdown: OnShutdown::Leave,
        })
    }
}

/// The emulator over `destinations`, with `threads` generator threads, by default one per core.
/// Must be called on the main runtime.
pub(crate) fn emulator(
    settings: &ServiceSettings,
    runs: Runs,
    destinations: Destinations,
    limits: Limits,
    threads: Option<usize>,
    models: Models,
) -> anyhow::Result<Emulator> {
    let cores = || available_parallelism().map_or(1, NonZeroUsize::get);
    Emulator::new(EmulatorParts {
        destination_rules: settings.destination_rules.clone(),
        repository: runs.repository,
        destinations,
        encoders: Arc::new(Formats),
        registry: registry(settings)?,
        callbacks: callbacks(settings)?,
        models,
        clock: Arc::new(SystemClock),
        runtime: Handle::current(),
        limits,
        threads: threads.unwrap_or_else(cores),
        on_shutdown: runs.on_shutdown,
        defaults: Defaults {
            rate: settings.rate,
            pace: Pace::Realtime,
            population: runs.population,
            users: settings.users,
            labels: settings.labels,
        },
    })
    .context("the machine gives no threads")
}
