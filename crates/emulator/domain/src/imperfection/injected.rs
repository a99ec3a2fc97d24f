//! The injected faults, record by record.

use std::sync::Arc;

use super::skew::Skewed;
use super::{CorruptKind, Corrupted, Deliveries, Fault};
use crate::Timestamp;
use crate::plan::EmulationPlan;
use crate::record::{Block, Blocks, blocks_of_timeline};

/// A record with an injected fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    /// The record, counted from the first of the run.
    pub index: u64,
    /// The fault.
    pub fault: Fault,
    /// The numbers of its deliveries: none if it is missing, two if it is a duplicate.
    pub deliveries: Vec<u64>,
    /// When it happened.
    pub event_time: Option<Timestamp>,
    /// When it is delivered; for a duplicate, the second time.
    pub due: Option<Timestamp>,
    /// The path of the damaged value, from the outermost field on, and how it was damaged. The
    /// number of an element is [`ANY`](crate::record::ANY) if its array or map is empty.
    pub corrupt: Option<(Vec<usize>, CorruptKind)>,
    /// Microseconds by which the clock of its device is ahead.
    pub skew: Option<i64>,
}

/// How many records are generated together to look at their devices.
const STRETCH: u64 = 256;

/// The records of devices with skewed clocks. They can only be found by looking at all records.
struct WrongClocks {
    skewed: Skewed,
    records: Arc<dyn Blocks>,
    /// The records from `start` on.
    block: Block,
    start: u64,
    end: u64,
    /// The last one found, and by how much its clock is skewed.
    found: Option<(u64, i64)>,
}

impl WrongClocks {
    fn of(plan: &EmulationPlan, deliveries: &Deliveries) -> Option<Self> {
        Some(Self {
            skewed: plan.skewed()?,
            records: blocks_of_timeline(plan),
            block: Block::default(),
            start: 0,
            end: deliveries.end(),
            found: None,
        })
    }

    /// The first one from this record on. Calls must be in ascending order.
    fn next(&mut self, record: u64) -> Option<(u64, i64)> {
        if self.found.is_none_or(|(found, _)| found < record) {
            let mut from = record;
            self.found = std::iter::from_fn(|| {
                let micros = self.micros(from)?;
                from += 1;
                Some((from - 1, micros))
            })
            .find(|(_, micros)| *micros != 0);
            if self.found.is_none() {
                // The last one has been seen.
                self.end = 0;
            }
        }
        self.found
    }

    fn micros(&mut self, record: u64) -> Option<i64> {
        if record >= self.end {
            return None;
        }
        if !(self.start..self.start + self.block.len() as u64).contains(&record) {
            self.start = record;
            let stretch = record..self.end.min(record + STRETCH);
            self.records.fill(stretch, &mut self.block).ok()?;
        }
        let devices = &self.block.columns[self.skewed.device];
        Some(
            self.skewed
                .micros(devices.get((record - self.start) as usize)),
        )
    }
}

/// The damage to damaged records.
struct Damaged {
    corrupted: Corrupted,
    records: Arc<dyn Blocks>,
    block: Block,
}

impl Damaged {
    fn of(plan: &EmulationPlan) -> Option<Self> {
        Some(Self {
            corrupted: plan.corrupted()?,
            records: blocks_of_timeline(plan),
            block: Block::default(),
        })
    }

    /// The damage to a record of the timeline, which is the damaged record of that number.
    fn of_record(&mut self, record: u64, number: u64) -> (Vec<usize>, CorruptKind) {
        let (path, kind) = self.corrupted.of(number);
        // The number of elements is in the record itself.
        let is_nested = path.len() > 1;
        let record = record..record + 1;
        match is_nested && self.records.fill(record, &mut self.block).is_ok() {
            true => (Corrupted::resolved(&self.block.columns, 0, &path), kind),
            false => (path, kind),
        }
    }
}

impl EmulationPlan {
    /// The injected faults from record `from` of the run on, in order. If a record has several,
    /// skewed clocks and drift come last.
    pub fn injected(&self, from: u64) -> impl Iterator<Item = Injected> + use<> {
        let plan = self.clone();
        let mut damaged = Damaged::of(self);
        let mut clocks = (self.deliveries()).and_then(|all| WrongClocks::of(self, all));
        let mut next = self.first() + from;
        let records = std::iter::from_fn(move || {
            let deliveries = plan.deliveries()?;
            let faulty = deliveries.faulty(next);
            let skewed = clocks.as_mut().and_then(|clocks| clocks.next(next));
            let drifted = deliveries.drifted(next);
            let found = faulty.map(|(record, ..)| record).into_iter();
            let found = found.chain(skewed.map(|(record, _)| record)).chain(drifted);
            let record = found.min()?;
            next = record + 1;
            let all = deliveries.of(record);
            let injected = |fault| Injected {
                index: record - plan.first(),
                fault,
                event_time: plan.time_of(record),
                due: all.last().and_then(|last| plan.due(*last)),
                deliveries: all.clone(),
                corrupt: None,
                skew: None,
            };
            let faulty = faulty.filter(|(found, ..)| *found == record);
            let fault = faulty.map(|(_, fault, number)| Injected {
                corrupt: damaged
                    .as_mut()
                    .filter(|_| fault == Fault::Corrupt)
                    .map(|damaged| damaged.of_record(record, number)),
                ..injected(fault)
            });
            // A record that is not delivered has no wrong time.
            let skewed = skewed.filter(|(found, _)| *found == record && !all.is_empty());
            let skewed = skewed.map(|(_, micros)| Injected {
                skew: Some(micros),
                ..injected(Fault::ClockSkew)
            });
            let drift = (drifted == Some(record)).then(|| injected(Fault::Drift));
            Some([fault, skewed, drift].into_iter().flatten())
        });
        records.flatten()
    }
}
