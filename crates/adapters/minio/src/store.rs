//! The object store port.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::plan::Format;
use emulator_ports::{
    DestinationError, DestinationErrorKind, ObjectSource, ObjectStore, ObjectWriter,
};
use futures::future::try_join_all;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::client::Client;
use crate::config::{MinioConfig, MinioConfigError};
use crate::upload::Upload;

/// Keeps objects in an S3 store, containers as its buckets.
pub struct MinioStore {
    client: Arc<Client>,
    part_size: usize,
    concurrency: usize,
    name: Option<String>,
    /// Bytes of objects that were handed over completely but are not stored yet.
    backlog: watch::Sender<usize>,
}

impl MinioStore {
    /// A store that uploads on `runtime`. Sends no request yet.
    ///
    /// # Errors
    /// If the configuration cannot be used.
    pub fn new(config: &MinioConfig, runtime: Handle) -> Result<Self, MinioConfigError> {
        let sizes = MinioConfig::MIN_PART_SIZE..=MinioConfig::MAX_PART_SIZE;
        if !sizes.contains(&config.part_size) {
            return Err(MinioConfigError::PartSize(config.part_size));
        }
        Ok(Self {
            client: Arc::new(Client::new(config, runtime)?),
            part_size: config.part_size,
            concurrency: config.concurrency.max(1),
            name: config.name.clone(),
            backlog: watch::Sender::new(0),
        })
    }

    pub(crate) fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client)
    }

    pub(crate) const fn objects_at_once(&self) -> usize {
        self.concurrency
    }
}

impl fmt::Debug for MinioStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MinioStore")
            .field("url", &self.client.url())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ObjectStore for MinioStore {
    async fn prepare(&self, container: &str) -> Result<(), DestinationError> {
        self.client.create_bucket(container).await
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        self.client.probe().await
    }

    /// Sends no request, but waits while pending objects take more memory than four parts.
    async fn create(
        &self,
        container: &str,
        name: &str,
        format: Format,
    ) -> Result<Box<dyn ObjectWriter>, DestinationError> {
        let limit = 4 * self.part_size;
        let mut backlog = self.backlog.subscribe();
        backlog
            .wait_for(|bytes| *bytes <= limit)
            .await
            .expect("the sender lives in self");
        let target = self.client.target(container, name, format.media_type());
        let client = Arc::clone(&self.client);
        Ok(Box::new(Upload::new(
            client,
            target,
            self.part_size,
            self.backlog.clone(),
        )))
    }

    /// Aborts open multipart uploads. MinIO lists them only by the full name of their object.
    async fn reclaim(&self, container: &str, names: &[String]) -> Result<(), DestinationError> {
        let aborted = names
            .iter()
            .map(|name| self.client.reclaim(container, name));
        try_join_all(aborted).await.map(drop)
    }

    async fn remove(
        &self,
        container: &str,
        prefix: &str,
        unwanted: &(dyn for<'n> Fn(&'n str) -> bool + Sync),
    ) -> Result<u64, DestinationError> {
        let mut names = Vec::new();
        let mut note = |name: &str| {
            if unwanted(name) {
                names.push(name.to_owned());
            }
        };
        match self.list(container, prefix, &mut note).await {
            Ok(()) => {}
            // A user who may write need not be allowed to list.
            Err(error) if error.kind == DestinationErrorKind::Forbidden => return Ok(0),
            Err(error) => return Err(error),
        }
        for name in &names {
            self.client.remove(container, name).await?;
        }
        Ok(names.len() as u64)
    }

    fn location(&self) -> String {
        self.name
            .clone()
            .unwrap_or_else(|| format!("S3 store {}", self.client.url()))
    }

    fn concurrency(&self) -> usize {
        self.concurrency
    }
}
