//! The stores that tasks of a compute service bring along.
//!
//! Requests are signed by rusty-s3 and sent by a client of our own: the addresses come from whoever
//! sends tasks, and only such a client can keep to a list of hosts.

mod failure;
mod reader;
mod request;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use compute_domain::{MediaType, ObjectKey};
use compute_ports::{ObjectReader, ObjectStores, ObjectWriter, StoreAccess, StoreError};
use platform_egress::AllowedHosts;

use self::reader::Reader;
use self::request::{Object, Sender};
use self::writer::Writer;

/// Any S3 store on the hosts that are allowed, with the keys that come with the call.
#[derive(Clone, Debug)]
pub struct TaskStores {
    hosts: AllowedHosts,
    sender: Sender,
}

impl TaskStores {
    /// Stores on these hosts. A request that fails is begun again for `retry_for`.
    ///
    /// # Errors
    /// If the client cannot be set up, its TLS for example.
    pub fn new(hosts: AllowedHosts, retry_for: Duration) -> Result<Self, reqwest::Error> {
        let client = hosts.client()?;
        Ok(Self {
            hosts,
            sender: Sender { client, retry_for },
        })
    }

    fn object(&self, access: &StoreAccess, key: &ObjectKey) -> Result<Arc<Object>, StoreError> {
        Object::new(&self.hosts, access, key)
            .map(Arc::new)
            .map_err(failure::refused)
    }
}

#[async_trait]
impl ObjectStores for TaskStores {
    fn check(&self, access: &StoreAccess) -> Result<(), String> {
        self.hosts.check(&access.endpoint).map(drop)
    }

    async fn open(
        &self,
        access: &StoreAccess,
        key: &ObjectKey,
    ) -> Result<Box<dyn ObjectReader>, StoreError> {
        let object = self.object(access, key)?;
        let reader = Reader::open(self.sender.clone(), object).await?;
        Ok(Box::new(reader))
    }

    async fn create(
        &self,
        access: &StoreAccess,
        key: &ObjectKey,
        media_type: MediaType,
    ) -> Result<Box<dyn ObjectWriter>, StoreError> {
        let object = self.object(access, key)?;
        Ok(Box::new(Writer::new(
            self.sender.clone(),
            object,
            media_type,
        )))
    }
}
