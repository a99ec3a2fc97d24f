//! Cuts batches into objects, for any store of objects.

mod producer;

use std::sync::Arc;

use async_trait::async_trait;
use emulator_ports::{Acknowledgements, Destination, DestinationError, ObjectStore, Producer, Run};

use self::producer::ObjectProducer;

/// A store of objects as a destination: what goes into which object follows from the plan, and a
/// record is acknowledged when its object is stored whole.
pub struct ObjectDestination {
    store: Arc<dyn ObjectStore>,
}

impl ObjectDestination {
    /// Delivers to `store`.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Destination for ObjectDestination {
    async fn open(
        &self,
        run: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Box<dyn Producer>, DestinationError> {
        let container = run.plan.destination();
        self.store.prepare(container).await?;
        let producer = ObjectProducer::new(self.store.clone(), run.clone(), acknowledgements);
        let unfinished = producer.perhaps_unfinished();
        self.store.reclaim(container, &unfinished).await?;
        Ok(Box::new(producer))
    }

    async fn location(&self) -> Result<String, DestinationError> {
        Ok(self.store.location())
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        self.store.probe().await
    }
}
