//! Changes to a plan while its run is under way: the spec stays, the timeline changes.

use std::sync::Arc;
use std::time::Duration;

use crate::imperfection::{Clock, Deliveries};
use crate::{Change, ChangeError, Changed, Timestamp};

use super::{EmulationPlan, Pace, RecordCount};

impl EmulationPlan {
    /// The changes so far, in order.
    pub fn changes(&self) -> &[Changed] {
        &self.changes
    }

    /// Applies changes that were saved before.
    ///
    /// # Errors
    /// The position of the first change that does not follow those before it, and why; those before
    /// it are applied.
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

    /// Applies a change without updating what follows from it.
    fn note(&mut self, changed: Changed) -> Result<(), ChangeError> {
        if self.is_timed() {
            self.timeline.change(&changed, self.spec.seed)?;
        }
        self.changes.push(changed);
        Ok(())
    }

    /// Changes the traffic from `now` on, or from the start of the run if that is later. What was
    /// due before stays due.
    ///
    /// # Errors
    /// If the traffic is out of range.
    pub(crate) fn retime(&mut self, change: Change, now: Timestamp) -> Result<(), ChangeError> {
        let time = self.not_before(now);
        self.change(Changed {
            index: self.timeline.records_before(time),
            time,
            change,
        })
    }

    /// Notes a pause from `since` to `now`, after the run had generated `generated` records: what
    /// was due before stays due, and the rest is delayed by the length of the pause. A run whose
    /// records do not depend on the clock only records it.
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

    /// The peak rate in records per second at which it sends; `None` if only its destination limits
    /// it, or if its records have times of their own.
    pub fn peak_rate(&self) -> Option<f64> {
        self.is_timed().then(|| self.timeline.peak_rate())
    }

    /// The total length of all pauses.
    pub fn paused(&self) -> Duration {
        let pauses = self.changes.iter().map(|changed| match changed.change {
            Change::Paused(micros) => micros,
            _ => 0,
        });
        Duration::from_micros(pauses.fold(0, u64::saturating_add))
    }

    /// The given moment, or the start of the run or its last change if that is later.
    fn not_before(&self, moment: Timestamp) -> Timestamp {
        let changed = self.changes.last().map(|last| last.time);
        moment
            .max(self.due(0).unwrap_or(moment))
            .max(changed.unwrap_or(moment))
    }

    /// Computes how many records there are, and how they are delivered.
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

    /// The number of records of the run.
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

    /// The number of records of the whole timeline, whichever part of it this run has.
    pub(super) fn extent(&self) -> u64 {
        let spec = &self.spec;
        let population = spec.dataset.records_of(spec.seed, spec.users);
        let places = self.timeline.capacity();
        let places = spec.dataset.first_at(spec.seed, places);
        population.map_or(places, |population| population.min(places))
    }
}
