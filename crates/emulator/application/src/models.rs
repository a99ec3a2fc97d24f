//! Models are given to the emulator, shown, and taken away.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};
use emulator_domain::record::Stream;
use emulator_model::Model;
use emulator_ports::{ModelStore, RepositoryError};

use crate::{Emulator, list_emulations};

/// A model that runs may be of.
#[derive(Clone, Debug)]
pub struct OfferedModel {
    /// The model.
    pub model: Model,
    /// Whether it is a file of whoever set the service up, and not to be changed by a request.
    pub is_fixed: bool,
}

/// The models of an [`Emulator`], by name.
#[derive(Default)]
pub struct Models {
    store: Option<Arc<dyn ModelStore>>,
    all: RwLock<BTreeMap<String, OfferedModel>>,
    /// Changes are made one after the other.
    changing: tokio::sync::Mutex<()>,
}

/// Why the models stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// There is none of that name.
    #[error("unknown model '{}'", .0.escape_debug())]
    Unknown(String),
    /// Somebody set it up with the service.
    #[error(
        "the model {0} is a file of the folder models.dir; change it there and start the service again"
    )]
    Fixed(String),
    /// A run goes on that uses it.
    #[error("the model {name} is used by the emulation {by}; cancel it or wait for its end")]
    InUse {
        /// The model.
        name: String,
        /// A run that has not ended.
        by: EmulationId,
    },
    /// It cannot be kept, or runs cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl Models {
    /// With those that are there when the process starts, and where others are kept.
    pub fn new(
        models: impl IntoIterator<Item = OfferedModel>,
        store: Option<Arc<dyn ModelStore>>,
    ) -> Self {
        let named = models
            .into_iter()
            .map(|offered| (offered.model.name().to_owned(), offered));
        Self {
            store,
            all: RwLock::new(named.collect()),
            changing: tokio::sync::Mutex::default(),
        }
    }

    fn all(&self) -> RwLockReadGuard<'_, BTreeMap<String, OfferedModel>> {
        // The map is whole after every statement that changes it.
        self.all.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn all_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<String, OfferedModel>> {
        self.all.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Emulator {
    /// The streams of all models.
    pub fn streams(&self) -> Vec<Arc<dyn Stream>> {
        let all = self.inner.models.all();
        all.values()
            .flat_map(|offered| offered.model.streams())
            .cloned()
            .collect()
    }
}

/// All models, by name.
pub fn list(emulator: &Emulator) -> Vec<OfferedModel> {
    emulator.inner.models.all().values().cloned().collect()
}

/// The model of that name.
///
/// # Errors
/// If there is none.
pub fn find(emulator: &Emulator, name: &str) -> Result<OfferedModel, ModelError> {
    let found = emulator.inner.models.all().get(name).cloned();
    found.ok_or_else(|| ModelError::Unknown(name.to_owned()))
}

/// Offers the model in place of the one of its name; gives whether there was one. When this returns,
/// it is kept for as long as the emulator keeps anything.
///
/// # Errors
/// If there is another of that name that is used or fixed, or it cannot be kept.
pub async fn put(emulator: &Emulator, model: Model) -> Result<bool, ModelError> {
    let models = &emulator.inner.models;
    let _changing = models.changing.lock().await;
    let former = find(emulator, model.name()).ok();
    if let Some(former) = &former {
        if former.model.text().json == model.text().json {
            return Ok(true);
        }
        may_change(emulator, former).await?;
    }
    if let Some(store) = &models.store {
        store.put(model.text()).await?;
    }
    let offered = OfferedModel {
        model,
        is_fixed: false,
    };
    let name = offered.model.name().to_owned();
    models.all_mut().insert(name, offered);
    Ok(former.is_some())
}

/// Offers the model no longer.
///
/// # Errors
/// If there is none of that name, it is used or fixed, or the store cannot forget it.
pub async fn delete(emulator: &Emulator, name: &str) -> Result<(), ModelError> {
    let models = &emulator.inner.models;
    let _changing = models.changing.lock().await;
    may_change(emulator, &find(emulator, name)?).await?;
    if let Some(store) = &models.store {
        store.remove(name).await?;
    }
    models.all_mut().remove(name);
    Ok(())
}

async fn may_change(emulator: &Emulator, offered: &OfferedModel) -> Result<(), ModelError> {
    let name = offered.model.name();
    if offered.is_fixed {
        return Err(ModelError::Fixed(name.to_owned()));
    }
    for status in [GlobalStatus::Processing, GlobalStatus::Paused] {
        let runs = list_emulations::all(emulator, status).await?;
        if let Some(run) = runs.iter().find(|run| model_of(run) == Some(name)) {
            return Err(ModelError::InUse {
                name: name.to_owned(),
                by: run.id(),
            });
        }
    }
    Ok(())
}

fn model_of(run: &Emulation) -> Option<&str> {
    Some(&run.plan().dataset().stream()?.model().name)
}

/// Whether the model of an unfinished run is still the one that is offered under its name; why not.
pub(crate) fn changed(emulator: &Emulator, run: &Emulation) -> Option<String> {
    let own = run.plan().dataset().stream()?.model();
    let offered = find(emulator, &own.name).ok()?;
    let now = &offered.model.text().digest;
    (own.digest != *now).then(|| {
        format!(
            "the model {} has changed since the run began (digest {}, now {now}); start another \
             run, or put the former model back and start the service again",
            own.name, own.digest
        )
    })
}
