//! Cuts batches into objects, for any store of objects.

mod producer;

use std::sync::Arc;

use async_trait::async_trait;
use emulator_ports::{
    Acknowledgements, Destination, DestinationError, Encoders, ObjectStore, Producer, Run,
};

use self::producer::ObjectProducer;
use crate::object_layout::ObjectLayout;

/// A store of objects as a destination: what goes into which object follows from the plan, and a
/// record is acknowledged when its object is stored whole.
pub struct ObjectDestination {
    store: Arc<dyn ObjectStore>,
    encoders: Arc<dyn Encoders>,
}

impl ObjectDestination {
    /// Delivers to `store` the records that `encoders` encode.
    pub fn new(store: Arc<dyn ObjectStore>, encoders: Arc<dyn Encoders>) -> Self {
        Self { store, encoders }
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
        let framing = self.encoders.framing(run.id, &run.plan);
        let part = run.from.acknowledged_units;
        let layout = ObjectLayout::new(run.id, &run.plan, framing.clone(), part);
        let unfinished = layout.perhaps_unfinished(self.store.concurrency());
        self.store.reclaim(container, &unfinished).await?;
        Ok(Box::new(ObjectProducer::new(
            self.store.clone(),
            &run.plan,
            layout,
            framing,
            acknowledgements,
        )))
    }

    async fn location(&self) -> Result<String, DestinationError> {
        Ok(self.store.location())
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        self.store.probe().await
    }
}
