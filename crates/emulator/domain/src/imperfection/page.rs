//! A cache of consecutive deliveries, because access is often sequential.

use std::collections::HashMap;

use super::places::{Delivery, Places};
use super::walk::Walk;

/// The number of deliveries in the cache.
const LEN: u64 = 4096;

/// Consecutive deliveries.
#[derive(Debug, Default)]
pub(super) struct Page {
    start: u64,
    all: Vec<Delivery>,
    by_record: HashMap<u64, u64>,
    /// The last delivery that was requested and not in the cache.
    asked: u64,
}

impl Page {
    /// The delivery of that number.
    pub(super) fn at(&mut self, places: &Places, delivery: u64) -> Option<Delivery> {
        let here = |page: &Self| {
            let position = usize::try_from(delivery.checked_sub(page.start)?).ok()?;
            page.all.get(position).copied()
        };
        let found = here(self);
        if found.is_some() || delivery >= places.len {
            return found;
        }
        if self.is_next(delivery) {
            self.turn(places, delivery);
            return here(self);
        }
        Walk::new(places, delivery).next()
    }

    /// A delivery of a record.
    pub(super) fn one_of(&mut self, places: &Places, record: u64) -> Option<u64> {
        if let Some(delivery) = self.by_record.get(&record) {
            return Some(*delivery);
        }
        let delivery = *places.of(record).first()?;
        if self.is_next(delivery) {
            self.turn(places, delivery);
        }
        Some(delivery)
    }

    /// Whether it follows shortly after the last request.
    fn is_next(&mut self, delivery: u64) -> bool {
        let before = std::mem::replace(&mut self.asked, delivery);
        (before..before.saturating_add(LEN)).contains(&delivery)
    }

    fn turn(&mut self, places: &Places, start: u64) {
        self.start = start;
        self.all.clear();
        self.all.extend(Walk::new(places, start).take(LEN as usize));
        self.asked = start + self.all.len() as u64;
        self.by_record.clear();
        for (delivery, each) in (start..).zip(&self.all) {
            self.by_record.entry(each.record).or_insert(delivery);
        }
    }
}
