//! Which objects a run leaves, and which records are in each.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::plan::{EmulationPlan, Grouping};
use emulator_domain::record::IndexError;
use emulator_ports::{Batch, BatchEncoder, ObjectFraming};

use super::{Delivered, VerifyError};
use crate::object_layout::{ObjectLayout, batch_end};

/// Records that are generated at once.
const BATCH: u64 = 1024;

/// An object that should be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExpectedObject {
    pub(super) name: String,
    pub(super) records: Range<u64>,
}

/// The objects of a run in order. Generates its records to learn their lengths and ids.
pub(super) struct ExpectedObjects {
    generated: u64,
    plan: EmulationPlan,
    encoder: Arc<dyn BatchEncoder>,
    layout: ObjectLayout,
    batch: Batch,
    batch_records: u64,
    next: u64,
}

impl ExpectedObjects {
    pub(super) fn new(
        run: &Delivered,
        encoder: Arc<dyn BatchEncoder>,
        framing: Arc<dyn ObjectFraming>,
    ) -> Self {
        Self {
            generated: run.generated,
            plan: run.plan.clone(),
            encoder,
            batch_records: framing.batch_records().unwrap_or(BATCH),
            layout: ObjectLayout::new(run.id, &run.plan, framing, 0),
            batch: Batch::default(),
            next: 0,
        }
    }

    /// The position of the next record in the batch; refills the batch if needed.
    fn position(&mut self) -> Result<usize, IndexError> {
        if !self.batch.range().contains(&self.next) {
            let end = batch_end(&self.plan, self.batch_records, self.next);
            let end = end.min(self.generated);
            self.encoder.encode(self.next..end, &mut self.batch)?;
        }
        Ok((self.next - self.batch.range().start) as usize)
    }

    fn object(&mut self) -> Result<ExpectedObject, IndexError> {
        let first = self.next;
        let mut position = self.position()?;
        let name = self.layout.name(&self.batch, position);
        if self.plan.grouping() == Grouping::Grouped {
            // The other records need not be generated.
            self.next = self.generated;
        }
        while self.next < self.generated {
            let share = self.layout.share(&self.batch, position);
            self.next = self.batch.range().start + share.end as u64;
            if share.is_full || self.next == self.generated {
                break;
            }
            position = self.position()?;
        }
        Ok(ExpectedObject {
            name,
            records: first..self.next,
        })
    }
}

impl Iterator for ExpectedObjects {
    type Item = Result<ExpectedObject, VerifyError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.next < self.generated).then(|| self.object().map_err(VerifyError::from))
    }
}
