//! What was wrong on purpose, record by record.

use super::{CorruptKind, Deliveries, Fault};
use crate::Timestamp;
use crate::plan::EmulationPlan;

/// A record with a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    /// The record, counted from the first of the run.
    pub index: u64,
    /// What is wrong.
    pub fault: Fault,
    /// The numbers of its deliveries: none if it is missing, two if it comes twice.
    pub deliveries: Vec<u64>,
    /// When it happened.
    pub event_time: Option<Timestamp>,
    /// When it is delivered, the last time if it comes twice.
    pub due: Option<Timestamp>,
    /// Where the damaged value is, from the outermost field on, and what befell it.
    pub corrupt: Option<(Vec<usize>, CorruptKind)>,
}

impl Deliveries {
    /// The first record from this one on that has other fields.
    fn drifted(&self, record: u64) -> Option<u64> {
        let record = record.max(self.drift);
        (record < self.end).then_some(record)
    }
}

impl EmulationPlan {
    /// What is wrong with records from record `from` of the run on, in their order; drift comes after what
    /// else is wrong with a record.
    pub fn injected(&self, from: u64) -> impl Iterator<Item = Injected> + use<> {
        let plan = self.clone();
        let corrupted = self.corrupted();
        let mut next = from;
        // What the record has beside its fault.
        let mut beside = None;
        std::iter::from_fn(move || {
            if let Some(drift) = beside.take() {
                return Some(drift);
            }
            let deliveries = plan.deliveries()?;
            let faulty = deliveries.faulty(plan.first() + next);
            let drifted = deliveries.drifted(plan.first() + next);
            let found = faulty.map(|(record, ..)| record);
            let record = found.into_iter().chain(drifted).min()?;
            let index = record - plan.first();
            next = index + 1;
            let all = deliveries.of(record);
            let injected = |fault, corrupt| Injected {
                index,
                fault,
                event_time: plan.time_of(record),
                due: all.last().and_then(|last| plan.due(*last)),
                deliveries: all.clone(),
                corrupt,
            };
            let drift = (drifted == Some(record)).then(|| injected(Fault::Drift, None));
            let Some((_, fault, number)) = faulty.filter(|_| found == Some(record)) else {
                return drift;
            };
            beside = drift;
            let corrupt = corrupted.as_ref().filter(|_| fault == Fault::Corrupt);
            Some(injected(
                fault,
                corrupt.map(|corrupted| corrupted.of(number)),
            ))
        })
    }
}
