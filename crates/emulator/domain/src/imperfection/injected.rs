//! What was wrong on purpose, record by record.

use super::{CorruptKind, Fault};
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
    /// The position of the damaged field, and what befell it.
    pub corrupt: Option<(usize, CorruptKind)>,
}

impl EmulationPlan {
    /// The records with a fault from record `from` of the run on, in their order.
    pub fn injected(&self, from: u64) -> impl Iterator<Item = Injected> + use<> {
        let plan = self.clone();
        let corrupted = self.corrupted();
        let mut next = from;
        std::iter::from_fn(move || {
            let deliveries = plan.deliveries()?;
            let (record, fault, number) = deliveries.faulty(plan.first() + next)?;
            let index = record - plan.first();
            next = index + 1;
            let all = deliveries.of(record);
            let corrupt = corrupted.as_ref().filter(|_| fault == Fault::Corrupt);
            Some(Injected {
                index,
                fault,
                event_time: plan.time_of(record),
                due: all.last().and_then(|last| plan.due(*last)),
                deliveries: all,
                corrupt: corrupt.map(|corrupted| corrupted.of(number)),
            })
        })
    }
}
