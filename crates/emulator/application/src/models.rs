//! Uploads, lists and deletes models.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};
use emulator_domain::record::Stream;
use emulator_model::Model;
use emulator_ports::{ModelStore, RepositoryError};

use crate::{Emulator, list_emulations};

/// A model that runs may use.
#[derive(Clone, Debug)]
pub struct OfferedModel {
    /// The model.
    pub model: Model,
    /// Whether it is a file of the service's configuration, which requests cannot change.
    pub is_fixed: bool,
}

impl OfferedModel {
    const fn changeable(model: Model) -> Self {
        Self {
            model,
            is_fixed: false,
        }
    }
}

/// The models of an [`Emulator`], by name.
#[derive(Default)]
pub struct Models {
    store: Option<Arc<dyn ModelStore>>,
    /// Offered until another model of its name is set up, and again when that is deleted.
    builtin: Option<Model>,
    all: RwLock<BTreeMap<String, OfferedModel>>,
    /// Serialises changes.
    changing: tokio::sync::Mutex<()>,
}

/// Why the models were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// There is no model of that name.
    #[error("unknown model '{}'", .0.escape_debug())]
    Unknown(String),
    /// It belongs to the service's configuration.
    #[error(
        "the model {0} is a file of the folder models.dir; change it there and start the service again"
    )]
    Fixed(String),
    /// It is built in.
    #[error(
        "the model {0} is built in and cannot be deleted; a model of the same name replaces it"
    )]
    Builtin(String),
    /// A run that has not ended uses it.
    #[error("the model {name} is used by the emulation {by}; cancel it or wait for its end")]
    InUse {
        /// The model.
        name: String,
        /// A run that has not ended.
        by: EmulationId,
    },
    /// It cannot be stored, or the runs cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl Models {
    /// Starts with the models of the configuration; `store` keeps the others.
    pub fn new(
        models: impl IntoIterator<Item = OfferedModel>,
        store: Option<Arc<dyn ModelStore>>,
    ) -> Self {
        let named = models
            .into_iter()
            .map(|offered| (offered.model.name().to_owned(), offered));
        Self {
            store,
            builtin: None,
            all: RwLock::new(named.collect()),
            changing: tokio::sync::Mutex::default(),
        }
    }

    /// Offers `model`, too, unless there is another model of its name.
    #[must_use]
    pub fn with_builtin(mut self, model: Model) -> Self {
        let all = self.all.get_mut().unwrap_or_else(PoisonError::into_inner);
        all.entry(model.name().to_owned())
            .or_insert_with(|| OfferedModel::changeable(model.clone()));
        self.builtin = Some(model);
        self
    }

    fn all(&self) -> RwLockReadGuard<'_, BTreeMap<String, OfferedModel>> {
        // Every statement leaves the map consistent.
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

/// Adds the model, or replaces the one of the same name; returns whether there was one. When this
/// returns, the model is stored as durably as everything else.
///
/// # Errors
/// If the model of that name is in use or fixed, or the new one cannot be stored.
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
    let offered = OfferedModel::changeable(model);
    let name = offered.model.name().to_owned();
    models.all_mut().insert(name, offered);
    Ok(former.is_some())
}

/// Deletes the model.
///
/// # Errors
/// If there is none of that name, it is in use or fixed, or the store cannot delete it.
pub async fn delete(emulator: &Emulator, name: &str) -> Result<(), ModelError> {
    let models = &emulator.inner.models;
    let _changing = models.changing.lock().await;
    let offered = find(emulator, name)?;
    let builtin = models.builtin.as_ref().filter(|own| own.name() == name);
    if builtin.is_some_and(|own| own.text().digest == offered.model.text().digest) {
        return Err(ModelError::Builtin(name.to_owned()));
    }
    may_change(emulator, &offered).await?;
    if let Some(store) = &models.store {
        store.remove(name).await?;
    }
    let mut all = models.all_mut();
    all.remove(name);
    all.extend(builtin.map(|own| (name.to_owned(), OfferedModel::changeable(own.clone()))));
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

/// Why an unfinished run cannot go on with the model now offered under its name; `None` if it can.
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
