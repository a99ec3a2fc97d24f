//! What happens to a plan while its run is under way: the plan stays, its timeline goes on otherwise.

use std::sync::Arc;
use std::time::Duration;

use crate::imperfection::{Clock, Deliveries};
use crate::{Change, ChangeError, Changed, Timestamp};

use super::{EmulationPlan, Pace, RecordCount};

impl EmulationPlan {
    /// What was changed so far, in order.
    pub fn changes(&self) -> &[Changed] {
        &self.changes
    }

    /// Adds changes that were noted before.
    ///
    /// # Errors
    /// The position of the first that does not follow those before it, and why; those before it are
    /// kept.
    pub fn change_all(
        &mut self,
        changes: impl IntoIterator<Item = Changed>,
    ) -> Result<(), (usize, ChangeError)> {
        let mut changes = changes.into_iter().enumerate();
        let noted = changes.try_for_each(|(position, changed)| {
            self.note(changed).map_err(|error| (position, error))
        });
        self.settle();
        noted
    }

    fn change(&mut self, changed: Changed) -> Result<(), ChangeError> {
        self.note(changed)?;
        self.settle();
        Ok(())
    }

    /// Adds a change, and leaves to be settled what follows from it.
    fn note(&mut self, changed: Changed) -> Result<(), ChangeError> {
        if self.is_timed() {
            self.timeline.change(&changed, self.spec.seed)?;
        }
        self.changes.push(changed);
        Ok(())
    }

    /// Other traffic from `now` on, or as soon as the run begins. What was due before stays due.
    ///
    /// # Errors
    /// If it is more than can be.
    pub(crate) fn retime(&mut self, change: Change, now: Timestamp) -> Result<(), ChangeError> {
        let time = self.not_before(now);
        self.change(Changed {
            index: self.timeline.records_before(time),
            time,
            change,
        })
    }

    /// Nothing happened from `since` to `now`, after the run had made `generated` records: what was
    /// due before stays due, and the rest happens later by as much. A run whose records have their
    /// times whatever the clock shows only notes it.
    ///
    /// # Errors
    /// If it lies before an earlier change.
    pub(crate) fn halt(
        &mut self,
        since: Timestamp,
        now: Timestamp,
        generated: u64,
    ) -> Result<(), ChangeError> {
        let since = if self.is_timed() {
            self.not_before(since)
        } else {
            since
        };
        let Some(micros) = u64::try_from(now.micros() - since.micros())
            .ok()
            .filter(|micros| *micros > 0)
        else {
            return Ok(());
        };
        let index = if self.is_timed() {
            self.timeline.records_before(since)
        } else {
            self.position(generated)
        };
        self.change(Changed {
            index,
            time: now,
            change: Change::Paused(micros),
        })
    }

    /// Whether the clock decides when a record is sent, and the timeline when it happens.
    pub fn is_timed(&self) -> bool {
        self.spec.pace == Pace::Realtime && self.spec.dataset.own_time().is_none()
    }

    /// The most records a second that it sends; `None` if nothing but its destination holds it back, or
    /// its records have times of their own.
    pub fn peak_rate(&self) -> Option<f64> {
        self.is_timed().then(|| self.timeline.peak_rate())
    }

    /// How long it was paused altogether.
    pub fn paused(&self) -> Duration {
        let pauses = self.changes.iter().map(|changed| match changed.change {
            Change::Paused(micros) => micros,
            _ => 0,
        });
        Duration::from_micros(pauses.fold(0, u64::saturating_add))
    }

    /// The moment, or when the run begins or was changed last if that is later.
    fn not_before(&self, moment: Timestamp) -> Timestamp {
        let changed = self.changes.last().map(|last| last.time);
        moment
            .max(self.due(0).unwrap_or(moment))
            .max(changed.unwrap_or(moment))
    }

    /// Finds how many records there are, and how they are delivered.
    pub(super) fn settle(&mut self) {
        self.records = self.ends();
        self.deliveries = (!self.spec.imperfections.is_none()).then(|| {
            let clock = Clock {
                timeline: self.timeline.clone(),
                dataset: self.spec.dataset.clone(),
                seed: self.spec.seed,
            };
            let (first, end) = (self.first, self.first + self.records);
            Arc::new(Deliveries::new(&self.spec.imperfections, clock, first, end))
        });
    }

    /// The number of its records.
    fn ends(&self) -> u64 {
        let (spec, first) = (&self.spec, self.first);
        let records_before = |moment| {
            let places = self.timeline.records_before(moment);
            spec.dataset.first_at(spec.seed, places)
        };
        let paused = i64::try_from(self.paused().as_micros()).unwrap_or(i64::MAX);
        let until = self.until.map(|until| until.moved(paused));
        let ends = [
            spec.count
                .map_or(u64::MAX, |count| first.saturating_add(count.get())),
            self.extent(),
            until.map_or(u64::MAX, records_before),
            spec.window.to_time.map_or(u64::MAX, records_before),
            RecordCount::MAX.get(),
        ];
        let end = ends.into_iter().fold(u64::MAX, u64::min);
        end.saturating_sub(first)
    }

    /// The number of all records of the timeline, whatever part of it this run has.
    pub(super) fn extent(&self) -> u64 {
        let spec = &self.spec;
        let population = spec.dataset.records_of(spec.seed, spec.users);
        let places = self.timeline.capacity();
        let places = spec.dataset.first_at(spec.seed, places);
        population.map_or(places, |population| population.min(places))
    }
}
