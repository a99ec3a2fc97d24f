//! Deliveries one after the other.

use super::Fault;
use super::deliveries::{Deliveries, Head};

/// A delivery of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which record it is, along the timeline.
    pub record: u64,
    /// What is wrong with the record, and its number among those with the same.
    pub fault: Option<(Fault, u64)>,
    /// Whether it is not at the record's own place.
    pub is_copy: bool,
}

impl Delivery {
    /// Whether the record was delivered before.
    pub fn is_second(&self) -> bool {
        self.is_copy
            && self
                .fault
                .is_some_and(|(fault, _)| fault == Fault::Duplicate)
    }
}

/// A cursor over deliveries.
pub(crate) struct Walk<'d> {
    deliveries: &'d Deliveries,
    /// Whose turn it is.
    place: u64,
    /// The next of each delay, in their order.
    heads: Vec<Head>,
    /// The place of the first of them.
    soonest: u64,
    /// The next record that has a fault.
    faulty: u64,
}

impl<'d> Walk<'d> {
    pub(super) fn new(deliveries: &'d Deliveries, from: u64) -> Self {
        let place = deliveries.place(from);
        let (place, before) = match place {
            Deliveries::LAST => (deliveries.end, deliveries.before(deliveries.end)),
            place => (place, deliveries.before(place)),
        };
        let mut walk = Self {
            deliveries,
            place,
            heads: deliveries.heads(place).collect(),
            soonest: 0,
            faulty: deliveries.faults.next(place),
        };
        let mut skip = from - before;
        if place == deliveries.end {
            let ends: Vec<_> = deliveries.heads(Deliveries::LAST).collect();
            for (head, end) in walk.heads.iter_mut().zip(ends) {
                let steps = deliveries.between(*head, end).min(skip);
                *head = deliveries.after(*head, steps);
                skip -= steps;
            }
        }
        walk.look();
        walk.by_ref().take(skip as usize).for_each(drop);
        walk
    }

    fn look(&mut self) {
        self.soonest = (self.heads.iter().map(|head| head.place).min()).unwrap_or(u64::MAX);
    }

    /// Takes the first that comes at this place.
    #[cold]
    fn moved(&mut self) -> Option<Delivery> {
        let (soonest, end) = (self.soonest, self.deliveries.end);
        let mut heads = self.heads.iter_mut();
        let head = heads.find(|head| head.place == soonest && head.record < end)?;
        let delivery = self.deliveries.delivery(*head);
        *head = self.deliveries.after(*head, 1);
        self.look();
        Some(delivery)
    }
}

impl Iterator for Walk<'_> {
    type Item = Delivery;

    #[inline]
    fn next(&mut self) -> Option<Delivery> {
        loop {
            if self.soonest <= self.place || self.place >= self.deliveries.end {
                return self.moved();
            }
            let record = self.place;
            self.place += 1;
            if record < self.faulty {
                return Some(Delivery {
                    record,
                    fault: None,
                    is_copy: false,
                });
            }
            let fault = self.deliveries.faults.of(record);
            self.faulty = self.deliveries.faults.next(self.place);
            if !fault.is_some_and(|(fault, _)| fault.leaves_its_place()) {
                return Some(Delivery {
                    record,
                    fault,
                    is_copy: false,
                });
            }
        }
    }
}
