//! Writes the objects of one run.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::plan::EmulationPlan;
use emulator_ports::{
    Acknowledgements, Batch, DestinationError, DestinationErrorKind, ObjectFramer, ObjectFraming,
    ObjectStore, ObjectWriter, Producer,
};
use tokio::task::JoinSet;

use crate::metrics;
use crate::object_layout::ObjectLayout;

/// Writes one object after the other, and completes several concurrently.
pub(crate) struct ObjectProducer {
    store: Arc<dyn ObjectStore>,
    plan: EmulationPlan,
    layout: ObjectLayout,
    framing: Arc<dyn ObjectFraming>,
    acknowledgements: Arc<dyn Acknowledgements>,
    open: Option<OpenObject>,
    /// Counts stored objects.
    objects: ::metrics::Counter,
    finishing: JoinSet<Result<(), DestinationError>>,
}

/// The object that records are being written to.
struct OpenObject {
    writer: Box<dyn ObjectWriter>,
    framer: Box<dyn ObjectFramer>,
    records: Range<u64>,
}

impl OpenObject {
    /// Appends the records at these positions.
    async fn append(
        &mut self,
        batch: &Batch,
        records: Range<usize>,
    ) -> Result<(), DestinationError> {
        self.records.end += records.len() as u64;
        for piece in self.framer.append(batch, records) {
            if !piece.is_empty() {
                self.writer.write(piece).await?;
            }
        }
        Ok(())
    }
}

impl ObjectProducer {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        plan: &EmulationPlan,
        layout: ObjectLayout,
        framing: Arc<dyn ObjectFraming>,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Self {
        Self {
            store,
            objects: metrics::objects(plan),
            plan: plan.clone(),
            layout,
            framing,
            acknowledgements,
            open: None,
            finishing: JoinSet::new(),
        }
    }

    /// Opens the object that the record at `position` belongs to.
    async fn begin(
        &mut self,
        batch: &Batch,
        position: usize,
    ) -> Result<OpenObject, DestinationError> {
        let name = self.layout.name(batch, position);
        let (container, format) = (self.plan.destination(), self.plan.format());
        let first = batch.range().start + position as u64;
        Ok(OpenObject {
            writer: self.store.create(container, &name, format).await?,
            framer: self.framing.framer(),
            records: first..first,
        })
    }

    /// Completes an object and acknowledges its records once it is stored. If the store's limit of
    /// concurrent uploads is reached, waits for an earlier one first.
    async fn close(&mut self, mut object: OpenObject) -> Result<(), DestinationError> {
        let footer = object.framer.finish();
        if !footer.is_empty() {
            object.writer.write(footer).await?;
        }
        while self.finishing.len() >= self.store.concurrency() {
            self.join_one().await?;
        }
        let records = object.records;
        let stored = object.writer.finish();
        let acknowledgements = self.acknowledgements.clone();
        let objects = self.objects.clone();
        self.finishing.spawn(async move {
            let stored = stored.await;
            match &stored {
                Ok(()) => {
                    objects.increment(1);
                    acknowledgements.acknowledged(records);
                }
                Err(error) => acknowledgements.failed(records, error),
            }
            stored
        });
        Ok(())
    }

    async fn join_one(&mut self) -> Result<(), DestinationError> {
        match self.finishing.join_next().await {
            None => Ok(()),
            Some(Ok(stored)) => stored,
            Some(Err(panicked)) => Err(DestinationError::new(
                DestinationErrorKind::Interrupted,
                "the storing of an object was broken off",
            )
            .caused_by(panicked)),
        }
    }

    async fn join_all(&mut self) -> Result<(), DestinationError> {
        while !self.finishing.is_empty() {
            self.join_one().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Producer for ObjectProducer {
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        let mut from = 0;
        while from < batch.len() {
            let mut object = match self.open.take() {
                Some(object) => object,
                None => self.begin(batch, from).await?,
            };
            let share = self.layout.share(batch, from);
            object.append(batch, from..share.end).await?;
            if share.is_full {
                self.close(object).await?;
            } else {
                self.open = Some(object);
            }
            from = share.end;
        }
        Ok(())
    }

    async fn follow(&mut self, plan: &EmulationPlan) -> Result<(), DestinationError> {
        self.layout.follow(plan);
        Ok(())
    }

    /// Also removes parts beyond the last one that an earlier run of the same id has left: that run
    /// may have been longer, because its length depended on the clock, or this one was cancelled.
    async fn finish(&mut self) -> Result<(), DestinationError> {
        let surplus = self.layout.surplus(self.open.is_some());
        if let Some(object) = self.open.take() {
            self.close(object).await?;
        }
        self.join_all().await?;
        if let Some((prefix, is_surplus)) = surplus {
            let container = self.plan.destination();
            let removed = self.store.remove(container, &prefix, &is_surplus).await?;
            if removed > 0 {
                tracing::info!(container, removed, "objects of an earlier run were removed");
            }
        }
        Ok(())
    }

    async fn pause(&mut self) -> Result<(), DestinationError> {
        // Completed now, the object would be shorter than the plan says.
        self.open = None;
        self.join_all().await
    }
}
