//! Sequential access to deliveries.

use super::places::{Delivery, Head, Places};

/// A cursor over the deliveries of places.
pub(crate) struct Walk<'d> {
    places: &'d Places,
    /// The record whose turn it is.
    place: u64,
    /// The next record of each lane, in order.
    heads: Vec<Head>,
    /// The place of the earliest head.
    soonest: u64,
    /// The next record that has a fault.
    faulty: u64,
}

impl<'d> Walk<'d> {
    pub(super) fn new(places: &'d Places, from: u64) -> Self {
        let place = places.place(from);
        let (place, before) = match place {
            Places::LAST => (places.end, places.before(places.end)),
            place => (place, places.before(place)),
        };
        let mut walk = Self {
            places,
            place,
            heads: places.heads(place).collect(),
            soonest: 0,
            faulty: places.faults.next(place),
        };
        let mut skip = from - before;
        if place == places.end {
            let ends: Vec<_> = places.heads(Places::LAST).collect();
            for (head, end) in walk.heads.iter_mut().zip(ends) {
                let steps = places.between(*head, end).min(skip);
                *head = places.after(*head, steps);
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

    /// Takes the first head that comes at this place.
    #[cold]
    fn moved(&mut self) -> Option<Delivery> {
        let (soonest, end) = (self.soonest, self.places.end);
        let mut heads = self.heads.iter_mut();
        let head = heads.find(|head| head.place == soonest && head.record < end)?;
        let delivery = self.places.delivery(*head);
        *head = self.places.after(*head, 1);
        self.look();
        Some(delivery)
    }
}

impl Iterator for Walk<'_> {
    type Item = Delivery;

    #[inline]
    fn next(&mut self) -> Option<Delivery> {
        loop {
            if self.soonest <= self.place || self.place >= self.places.end {
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
            let fault = self.places.faults.of(record);
            self.faulty = self.places.faults.next(self.place);
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
