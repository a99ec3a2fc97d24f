//! Duplicates that are identical in both deliveries.

use std::sync::Arc;

use super::{RecordLocation, Verdict, Verification};
use crate::imperfection::Deliveries;

impl Verification {
    /// For a run that does not deliver each record once and in its place: indices are those of
    /// deliveries.
    #[must_use]
    pub fn of_deliveries(mut self, deliveries: Option<Arc<Deliveries>>) -> Self {
        self.deliveries = deliveries;
        self
    }

    /// The verdict, with its index replaced by the delivery of the same record that is expected
    /// here next: all of them look the same. If there was a choice, also the index from which on
    /// the following records may be.
    pub(super) fn expected(
        &self,
        place: &RecordLocation,
        verdict: Verdict,
    ) -> (Verdict, Option<u64>) {
        let (Some(deliveries), Verdict::Intact(index) | Verdict::Corrupt(index)) =
            (&self.deliveries, verdict)
        else {
            return (verdict, None);
        };
        let is_due = |index: &u64| *index < self.report.records && !self.arrivals.contains(*index);
        let is_here = |index: &u64| {
            is_due(index)
                && (place.expected.as_ref()).is_none_or(|expected| expected.contains(index))
                && (place.is_unordered || place.before.is_none_or(|before| *index >= before))
        };
        if is_here(&index) {
            return (verdict, None);
        }
        let alike = deliveries.alike(index);
        let here = alike.iter().find(|index| is_here(index));
        let chosen = here.or_else(|| alike.iter().find(|index| is_due(index)));
        let chosen = chosen.copied().unwrap_or(index);
        let first = alike.first().copied().unwrap_or(index);
        let surely = place.before.map_or(first, |before| before.max(first));
        let verdict = match verdict {
            Verdict::Intact(_) => Verdict::Intact(chosen),
            _ => Verdict::Corrupt(chosen),
        };
        (verdict, (alike.len() > 1).then_some(surely))
    }
}
