//! A destination that discards everything.

use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::plan::EmulationPlan;
use emulator_ports::{Acknowledgements, Batch, Destination, DestinationError, Producer, Run};

/// Acknowledges every record at once and keeps none, which leaves only the cost of generating them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Null;

struct NullProducer(Arc<dyn Acknowledgements>);

#[async_trait]
impl Destination for Null {
    async fn open(
        &self,
        _run: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Box<dyn Producer>, DestinationError> {
        Ok(Box::new(NullProducer(acknowledgements)))
    }

    async fn location(&self) -> Result<String, DestinationError> {
        Ok("nowhere".to_owned())
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        Ok(())
    }
}

#[async_trait]
impl Producer for NullProducer {
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        self.0.acknowledged(batch.range());
        Ok(())
    }

    async fn follow(&mut self, _: &EmulationPlan) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn pause(&mut self) -> Result<(), DestinationError> {
        self.finish().await
    }
}
