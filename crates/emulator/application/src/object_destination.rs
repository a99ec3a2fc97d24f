//! Cuts batches into objects, for any object store.

mod producer;

use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::ObjectNames;
use emulator_domain::plan::{Format, Medium};
use emulator_ports::{
    Acknowledgements, Destination, DestinationError, Encoders, ObjectStore, Producer, Run,
    SchemaLanguage,
};

use self::producer::ObjectProducer;
use crate::object_layout::ObjectLayout;

/// An object store as a destination. Which record goes into which object follows from the plan, and
/// a record is acknowledged when its object is completely stored.
pub struct ObjectDestination {
    store: Arc<dyn ObjectStore>,
    encoders: Arc<dyn Encoders>,
}

impl ObjectDestination {
    /// Delivers records encoded by `encoders` to `store`.
    pub fn new(store: Arc<dyn ObjectStore>, encoders: Arc<dyn Encoders>) -> Self {
        Self { store, encoders }
    }
}

impl ObjectDestination {
    /// Stores the schema next to the objects, for formats that do not embed it.
    async fn store_schema(&self, run: &Run) -> Result<(), DestinationError> {
        let (plan, dataset) = (&run.plan, run.plan.dataset());
        if plan.format() != Format::Protobuf || plan.sink().medium() != Medium::Objects {
            return Ok(());
        }
        let (name, envelope, schema) = (dataset.name(), dataset.envelope(), dataset.schema());
        let encoders = &self.encoders;
        let text = encoders.schema(&name, envelope, schema, SchemaLanguage::Proto);
        let name = ObjectNames::new(run.id, plan).schema();
        let created = self.store.create(plan.destination(), &name, plan.format());
        let mut writer = created.await?;
        writer.write(text.as_bytes()).await?;
        writer.finish().await
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
        let next = run.from.next_index;
        let unfinished = layout.perhaps_unfinished(next, self.store.concurrency());
        self.store.reclaim(container, &unfinished).await?;
        self.store_schema(run).await?;
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
