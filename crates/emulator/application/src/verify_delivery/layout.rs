//! Which objects a run leaves, and which records are in each.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::Timestamp;
use emulator_domain::plan::{Grouping, ObjectNames};
use emulator_domain::record::IndexError;
use emulator_ports::{Batch, BatchEncoder};

use super::{Delivered, VerifyError};

/// Records that are made at once.
const BATCH: u64 = 1024;

/// An object that should be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExpectedObject {
    pub(super) name: String,
    pub(super) records: Range<u64>,
}

/// The objects of a run in order. Makes its records for their lengths and ids.
pub(super) struct ObjectLayout {
    run: Delivered,
    encoder: Arc<dyn BatchEncoder>,
    names: ObjectNames,
    header_len: u64,
    batch: Batch,
    next: u64,
    part: u64,
}

impl ObjectLayout {
    pub(super) fn new(run: &Delivered, encoder: Arc<dyn BatchEncoder>) -> Self {
        Self {
            run: run.clone(),
            names: ObjectNames::new(run.id, run.plan.format()),
            header_len: encoder.framing().header.len() as u64,
            encoder,
            batch: Batch::default(),
            next: 0,
            part: 0,
        }
    }

    /// Where the next record is in the batch, which is filled again if it is not there.
    fn position(&mut self) -> Result<usize, IndexError> {
        if !self.batch.range().contains(&self.next) {
            let end = self.next.saturating_add(BATCH).min(self.run.generated);
            self.encoder.encode(self.next..end, &mut self.batch)?;
        }
        Ok((self.next - self.batch.range().start) as usize)
    }

    fn object(&mut self) -> Result<ExpectedObject, IndexError> {
        let first = self.next;
        let name = match self.run.plan.grouping() {
            Grouping::Grouped => {
                self.next = self.run.generated;
                self.names.grouped()
            }
            Grouping::Single => {
                let position = self.position()?;
                let at = self.run.plan.timeline().at(first);
                self.next += 1;
                self.names
                    .single(self.batch.id(position), at.unwrap_or(Timestamp::LATEST))
            }
            Grouping::Chunked { max_chunk_size } => {
                self.end_of_chunk(max_chunk_size)?;
                self.part += 1;
                self.names.part(self.part - 1)
            }
        };
        Ok(ExpectedObject {
            name,
            records: first..self.next,
        })
    }

    /// Moves behind the record that brings an object to `max` bytes, or behind the last.
    fn end_of_chunk(&mut self, max: u64) -> Result<(), IndexError> {
        let mut len = self.header_len;
        while len < max && self.next < self.run.generated
            // A header alone never fills an object.
            || len == self.header_len
        {
            let from = self.position()?;
            let spans = self.batch.spans();
            let start = from.checked_sub(1).map_or(0, |before| spans[before].end);
            let until = max.saturating_sub(len);
            let short = spans[from..].partition_point(|span| u64::from(span.end - start) < until);
            let to = (from + short + 1).min(spans.len());
            len += u64::from(spans[to - 1].end - start);
            self.next += (to - from) as u64;
        }
        Ok(())
    }
}

impl Iterator for ObjectLayout {
    type Item = Result<ExpectedObject, VerifyError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.next < self.run.generated).then(|| self.object().map_err(VerifyError::from))
    }
}
