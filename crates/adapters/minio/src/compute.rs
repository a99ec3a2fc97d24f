//! The stores named by the tasks of a compute service.
//!
//! rusty-s3 signs requests and our own client sends them: the addresses come from whoever submits
//! tasks, and only our own client can enforce a list of allowed hosts.

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

/// Any S3 store on the allowed hosts, with the keys passed along with each call.
#[derive(Clone, Debug)]
pub struct TaskStores {
    hosts: AllowedHosts,
    sender: Sender,
}

impl TaskStores {
    /// Stores on these hosts. A failed request is retried for `retry_for`.
    ///
    /// # Errors
    /// If the client cannot be set up, for example its TLS.
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
