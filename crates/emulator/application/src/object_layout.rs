//! Which records share an object, and what it is called: one rule, for writing and for verifying.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Grouping};
use emulator_domain::{ObjectNames, Timestamp};
use emulator_ports::{Batch, ObjectFraming};

/// Follows the records of a run in order and says where each object ends.
pub(crate) struct ObjectLayout {
    names: ObjectNames,
    plan: EmulationPlan,
    framing: Arc<dyn ObjectFraming>,
    /// The number of the open object of a chunked run, or of the next.
    part: u64,
    /// The length of the open object so far, its footer left out. However batches divide the
    /// records, an object has the same length after the same record.
    len: u64,
}

/// What of a batch goes into the open object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// The position after its last record.
    pub(crate) end: usize,
    /// Whether this record is the object's last.
    pub(crate) is_full: bool,
}

impl ObjectLayout {
    /// The objects of a run from number `part` on.
    pub(crate) fn new(
        id: EmulationId,
        plan: &EmulationPlan,
        framing: Arc<dyn ObjectFraming>,
        part: u64,
    ) -> Self {
        Self {
            names: ObjectNames::new(id, plan.format()),
            plan: plan.clone(),
            len: framing.header_len(),
            framing,
            part,
        }
    }

    /// The name of the object that begins with the record at `position`.
    pub(crate) fn name(&self, batch: &Batch, position: usize) -> String {
        match self.plan.grouping() {
            Grouping::Grouped => self.names.grouped(),
            Grouping::Chunked { .. } => self.names.part(self.part),
            Grouping::Single => {
                let at = self.plan.event_time(batch.range().start + position as u64);
                let at = at.unwrap_or(Timestamp::LATEST);
                self.names.single(batch.id(position), at)
            }
        }
    }

    /// The names of the objects that a process which ended here may have begun and not finished, if
    /// it stored up to `at_once` of them at a time. Those of a single record are written at once.
    pub(crate) fn perhaps_unfinished(&self, at_once: usize) -> Vec<String> {
        match self.plan.grouping() {
            Grouping::Grouped => vec![self.names.grouped()],
            Grouping::Chunked { .. } => {
                // One took records while others were being stored.
                let last = self.part + at_once as u64;
                (self.part..=last)
                    .map(|part| self.names.part(part))
                    .collect()
            }
            Grouping::Single => Vec::new(),
        }
    }

    /// The parts of a chunked run: how their names begin, and whether a name is that of one which
    /// comes after all that were written. `open` says whether one is.
    pub(crate) fn surplus(
        &self,
        open: bool,
    ) -> Option<(String, impl Fn(&str) -> bool + Sync + use<>)> {
        let Grouping::Chunked { .. } = self.plan.grouping() else {
            return None;
        };
        let (names, parts) = (self.names, self.part + u64::from(open));
        let is_surplus = move |name: &str| names.part_number(name) >= Some(parts);
        Some((names.parts(), is_surplus))
    }

    /// How far into the batch the open object goes, whose next record is that at `from`.
    pub(crate) fn share(&mut self, batch: &Batch, from: usize) -> Share {
        match self.plan.grouping() {
            Grouping::Grouped => Share {
                end: batch.len(),
                is_full: false,
            },
            Grouping::Single => Share {
                end: from + 1,
                is_full: true,
            },
            Grouping::Chunked { max_chunk_size } => {
                let share = fill(&*self.framing, batch, from, self.len, max_chunk_size.get());
                if share.is_full {
                    self.part += 1;
                    self.len = self.framing.header_len();
                } else {
                    self.len += self.framing.size(batch, from..share.end);
                }
                share
            }
        }
    }
}

/// What of a batch, from the record at `from` on, goes into an object of `len` bytes. The first record
/// that brings it to `max` bytes closes it; a header alone never does.
fn fill(framing: &dyn ObjectFraming, batch: &Batch, from: usize, len: u64, max: u64) -> Share {
    let room = max.saturating_sub(len);
    let is_short = |end| framing.size(batch, from..end) < room;
    let end = partition_point(from + 1..batch.len() + 1, is_short);
    Share {
        end: end.min(batch.len()),
        is_full: end <= batch.len(),
    }
}

/// The first number of the range for which `holds` does not hold, which it does up to there; the
/// range's end if there is none.
fn partition_point(range: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests;
