//! Which records share an object, and what it is called: one rule for writing and for verifying.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Grouping, PartitionBy};
use emulator_domain::{ObjectNames, Timestamp};
use emulator_ports::{Batch, ObjectFraming};

/// Follows the records of a run in order and determines where each object ends.
pub(crate) struct ObjectLayout {
    names: ObjectNames,
    plan: EmulationPlan,
    framing: Arc<dyn ObjectFraming>,
    /// The part number of a chunked run: of the open object, or of the next one.
    part: u64,
    /// The length of the open object so far, without its footer. It depends only on the records,
    /// not on how they are divided into batches.
    len: u64,
}

/// The part of a batch that goes into the open object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// The position after its last record.
    pub(crate) end: usize,
    /// Whether its last record completes the object.
    pub(crate) is_full: bool,
}

impl ObjectLayout {
    /// The objects of a run, starting with part number `part`.
    pub(crate) fn new(
        id: EmulationId,
        plan: &EmulationPlan,
        framing: Arc<dyn ObjectFraming>,
        part: u64,
    ) -> Self {
        Self {
            names: ObjectNames::new(id, plan),
            plan: plan.clone(),
            len: framing.header_len(),
            framing,
            part,
        }
    }

    /// Takes the times of records from `plan` from here on.
    pub(crate) fn follow(&mut self, plan: &EmulationPlan) {
        self.plan = plan.clone();
    }

    /// The name of the object that begins with the record at `position`.
    pub(crate) fn name(&self, batch: &Batch, position: usize) -> String {
        let index = batch.range().start + position as u64;
        match self.plan.grouping() {
            Grouping::Grouped => self.names.grouped(),
            Grouping::Chunked { .. } => {
                let day = self.time(index).date();
                self.names.part(self.part, day)
            }
            Grouping::Single => {
                let at = self.plan.event_time(index).unwrap_or(Timestamp::LATEST);
                let id = batch.id(position);
                match self.plan.is_again(index) {
                    // A record that is delivered twice gets two objects.
                    true => self.names.single(&format!("{id}_again"), at),
                    false => self.names.single(id, at),
                }
            }
        }
    }

    fn time(&self, index: u64) -> Timestamp {
        self.plan.due(index).unwrap_or(Timestamp::LATEST)
    }

    /// The objects that a process which stopped before record `next` may have started and not
    /// finished, if it stored up to `at_once` at a time. Objects of a single record are written in
    /// one step and are never unfinished.
    pub(crate) fn perhaps_unfinished(&self, next: u64, at_once: usize) -> Vec<String> {
        match self.plan.grouping() {
            Grouping::Grouped => vec![self.names.grouped()],
            Grouping::Chunked { .. } => {
                // One object was taking records while others were being stored.
                let parts = self.part..=self.part + at_once as u64;
                // Each has the day of the objects before it, or the next day with records.
                let mut first = next;
                let days: Vec<_> = match self.plan.spec().partition_by {
                    PartitionBy::Nothing => vec![self.time(next).date()],
                    PartitionBy::Date => parts
                        .clone()
                        .map_while(|_| {
                            let day = (first < self.plan.end()).then(|| self.time(first).date());
                            first = self.plan.next_day(first);
                            day
                        })
                        .collect(),
                };
                parts
                    .enumerate()
                    .flat_map(|(number, part)| {
                        let days = days.iter().take(number + 1);
                        days.map(move |day| self.names.part(part, *day))
                    })
                    .collect()
            }
            Grouping::Single => Vec::new(),
        }
    }

    /// For a chunked run, the common prefix of its parts, and a test for the names of parts
    /// numbered after all that were written. `open` says whether a part is still open.
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

    /// The part of the batch, from position `from`, that goes into the open object.
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
                let mut share = fill(&*self.framing, batch, from, self.len, max_chunk_size.get());
                if self.plan.spec().partition_by == PartitionBy::Date {
                    let first = batch.range().start;
                    let rest = self.plan.next_day(first + from as u64) - first;
                    if rest <= share.end as u64 {
                        share.end = rest as usize;
                        share.is_full = true;
                    }
                }
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

/// The end of the batch that begins with record `first`, for a format that wants `wanted` records
/// per batch: the next multiple of that number, or the record where the day and with it the object
/// ends.
pub(crate) fn batch_end(plan: &EmulationPlan, wanted: u64, first: u64) -> u64 {
    let end = first - first % wanted + wanted;
    match plan.spec().partition_by {
        PartitionBy::Nothing => end,
        PartitionBy::Date => end.min(plan.next_day(first)),
    }
}

/// The part of a batch, from position `from`, that goes into an object of `len` bytes. The first
/// record that brings it to `max` bytes completes it; a header alone never does.
fn fill(framing: &dyn ObjectFraming, batch: &Batch, from: usize, len: u64, max: u64) -> Share {
    let room = max.saturating_sub(len);
    let is_short = |end| framing.size(batch, from..end) < room;
    let end = partition_point(from + 1..batch.len() + 1, is_short);
    Share {
        end: end.min(batch.len()),
        is_full: end <= batch.len(),
    }
}

/// The first number of the range for which `holds` is false, or the end of the range. `holds` must
/// be true for all numbers before it.
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
