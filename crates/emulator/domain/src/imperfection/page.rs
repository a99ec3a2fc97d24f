//! A cache of consecutive deliveries, because access is often sequential: from one place, or from
//! several, as the partitions of a topic are read.

use std::collections::HashMap;

use super::places::{Delivery, Places};
use super::walk::Walk;

/// The number of deliveries of a page.
const LEN: u64 = 4096;
/// The number of pages, some 300 KiB each. A topic has no more partitions, mostly.
const PAGES: usize = 16;

/// Several stretches of consecutive deliveries, the one used last first.
#[derive(Debug, Default)]
pub(super) struct Pages(Vec<Page>);

/// Consecutive deliveries.
#[derive(Debug, Default)]
struct Page {
    start: u64,
    all: Vec<Delivery>,
    by_record: HashMap<u64, u64>,
    /// The last delivery that was requested and not in the cache.
    asked: u64,
}

impl Pages {
    /// The delivery of that number.
    pub(super) fn at(&mut self, places: &Places, delivery: u64) -> Option<Delivery> {
        let found = self.find(|page| page.get(delivery));
        if found.is_some() || delivery >= places.len {
            return found;
        }
        match self.after(delivery) {
            Some(page) => {
                page.turn(places, delivery);
                page.get(delivery)
            }
            None => Walk::new(places, delivery).next(),
        }
    }

    /// A delivery of a record.
    pub(super) fn one_of(&mut self, places: &Places, record: u64) -> Option<u64> {
        let found = self.find(|page| page.by_record.get(&record).copied());
        if found.is_some() {
            return found;
        }
        let delivery = *places.of(record).first()?;
        if let Some(page) = self.after(delivery) {
            page.turn(places, delivery);
        }
        Some(delivery)
    }

    fn find<T>(&mut self, of: impl Fn(&Page) -> Option<T>) -> Option<T> {
        let (position, found) =
            (self.0.iter().enumerate()).find_map(|(position, page)| Some((position, of(page)?)))?;
        self.0[..=position].rotate_right(1);
        Some(found)
    }

    /// The page of which this delivery, which is on none, follows shortly after the last request.
    /// If there is none, the page that was not used for longest waits for the delivery after it.
    fn after(&mut self, delivery: u64) -> Option<&mut Page> {
        let follows = |page: &Page| {
            let next = page.asked..page.asked.saturating_add(LEN);
            next.contains(&delivery).then_some(())
        };
        let found = self.find(follows);
        if found.is_none() {
            if self.0.len() < PAGES {
                self.0.push(Page::default());
            }
            self.0.rotate_right(1);
        }
        let page = self.0.first_mut()?;
        page.asked = delivery;
        found.map(|()| page)
    }
}

impl Page {
    fn get(&self, delivery: u64) -> Option<Delivery> {
        let position = usize::try_from(delivery.checked_sub(self.start)?).ok()?;
        self.all.get(position).copied()
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
