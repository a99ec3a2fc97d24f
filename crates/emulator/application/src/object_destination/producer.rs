//! The objects of one run.

use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::plan::{Grouping, ObjectNames};
use emulator_ports::{
    Acknowledgements, Batch, DestinationError, DestinationErrorKind, Framing, ObjectStore,
    ObjectWriter, Producer, Run,
};
use tokio::task::JoinSet;

use crate::metrics;

/// Writes one object after the other and finishes several at a time.
pub(crate) struct ObjectProducer {
    store: Arc<dyn ObjectStore>,
    run: Run,
    names: ObjectNames,
    acknowledgements: Arc<dyn Acknowledgements>,
    open: Option<OpenObject>,
    next_part: u64,
    /// Counts those stored.
    objects: ::metrics::Counter,
    finishing: JoinSet<Result<(), DestinationError>>,
}

/// An object that takes records.
struct OpenObject {
    writer: Box<dyn ObjectWriter>,
    first: u64,
    end: u64,
    /// Bytes so far: the header, and each record with its separator. However batches divide the
    /// records, an object has the same length after the same record.
    len: u64,
}

impl OpenObject {
    /// Appends the records up to `end`, given with all their separators.
    async fn append(
        &mut self,
        framing: &Framing,
        end: u64,
        bytes: &[u8],
    ) -> Result<(), DestinationError> {
        let mut written = bytes;
        if !framing.separator_ends {
            // The separator stands between records: that of the last one waits for the next.
            if self.end > self.first {
                self.writer.write(framing.separator).await?;
            }
            written = &bytes[..bytes.len() - framing.separator.len()];
        }
        self.writer.write(written).await?;
        self.len += bytes.len() as u64;
        self.end = end;
        Ok(())
    }
}

impl ObjectProducer {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        run: Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Self {
        Self {
            store,
            names: ObjectNames::new(run.id, run.plan.format()),
            next_part: run.from.acknowledged_units,
            objects: metrics::objects(&run.plan),
            run,
            acknowledgements,
            open: None,
            finishing: JoinSet::new(),
        }
    }

    /// The objects that a process before this one may have begun and not finished. Those of a single
    /// record are written at once.
    pub(crate) fn perhaps_unfinished(&self) -> Vec<String> {
        match self.run.plan.grouping() {
            Grouping::Grouped => vec![self.names.grouped()],
            Grouping::Chunked { .. } => {
                // One took records while others were being stored.
                let last = self.next_part + self.store.concurrency() as u64;
                (self.next_part..=last)
                    .map(|part| self.names.part(part))
                    .collect()
            }
            Grouping::Single => Vec::new(),
        }
    }

    /// Begins the object that record `first` belongs to.
    async fn begin(&mut self, name: &str, first: u64) -> Result<OpenObject, DestinationError> {
        let plan = &self.run.plan;
        let mut writer = self
            .store
            .create(plan.destination(), name, plan.format())
            .await?;
        let header = &self.run.framing.header;
        if !header.is_empty() {
            writer.write(header).await?;
        }
        Ok(OpenObject {
            writer,
            first,
            end: first,
            len: header.len() as u64,
        })
    }

    /// Ends an object and acknowledges its records once it is stored; waits for an earlier one
    /// while as many are being stored as the store can make use of.
    async fn close(&mut self, mut object: OpenObject) -> Result<(), DestinationError> {
        let footer = self.run.framing.footer;
        if !footer.is_empty() {
            object.writer.write(footer).await?;
        }
        while self.finishing.len() >= self.store.concurrency() {
            self.join_one().await?;
        }
        let records = object.first..object.end;
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

    async fn send_grouped(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        let mut object = match self.open.take() {
            Some(object) => object,
            None => {
                self.begin(&self.names.grouped(), batch.range().start)
                    .await?
            }
        };
        object
            .append(&self.run.framing, batch.range().end, batch.bytes())
            .await?;
        self.open = Some(object);
        Ok(())
    }

    async fn send_chunked(&mut self, batch: &Batch, max: u64) -> Result<(), DestinationError> {
        let (first, spans) = (batch.range().start, batch.spans());
        let mut from = 0;
        while from < spans.len() {
            let mut object = match self.open.take() {
                Some(object) => object,
                None => {
                    self.begin(&self.names.part(self.next_part), first + from as u64)
                        .await?
                }
            };
            let start = if from == 0 { 0 } else { spans[from - 1].end };
            // The first record that brings the object to the size closes it.
            let until = max.saturating_sub(object.len);
            let short = spans[from..].partition_point(|span| u64::from(span.end - start) < until);
            let to = (from + short + 1).min(spans.len());
            let bytes = &batch.bytes()[start as usize..spans[to - 1].end as usize];
            object
                .append(&self.run.framing, first + to as u64, bytes)
                .await?;
            if short < spans.len() - from {
                self.next_part += 1;
                self.close(object).await?;
            } else {
                self.open = Some(object);
            }
            from = to;
        }
        Ok(())
    }

    async fn send_singly(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        let timeline = self.run.plan.timeline();
        let mut start = 0;
        for (position, (index, span)) in batch.range().zip(batch.spans()).enumerate() {
            let at = timeline
                .at(index)
                .unwrap_or(emulator_domain::Timestamp::LATEST);
            let name = self.names.single(batch.id(position), at);
            let mut object = self.begin(&name, index).await?;
            let bytes = &batch.bytes()[start..span.end as usize];
            object.append(&self.run.framing, index + 1, bytes).await?;
            self.close(object).await?;
            start = span.end as usize;
        }
        Ok(())
    }
}

#[async_trait]
impl Producer for ObjectProducer {
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        match self.run.plan.grouping() {
            Grouping::Grouped => self.send_grouped(batch).await,
            Grouping::Chunked { max_chunk_size } => self.send_chunked(batch, max_chunk_size).await,
            Grouping::Single => self.send_singly(batch).await,
        }
    }

    async fn finish(&mut self) -> Result<(), DestinationError> {
        if let Some(object) = self.open.take() {
            self.close(object).await?;
        }
        self.join_all().await
    }

    async fn pause(&mut self) -> Result<(), DestinationError> {
        // Closed here, it would be shorter than the plan has it.
        self.open = None;
        self.join_all().await
    }
}
