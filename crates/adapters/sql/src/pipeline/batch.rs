//! The rows of a batch, table by table.

use std::collections::HashSet;

use pipeline_domain::landing::{Arrival, Journals, Landing, settle};
use pipeline_domain::row::Row;
use pipeline_domain::source::Source;

/// Each id once a table: the first event with an id is the one that lands.
pub(crate) struct RowBatch<'a> {
    arrivals: &'a [Arrival],
    /// Places in `arrivals`.
    firsts: [Vec<usize>; 3],
}

impl<'a> RowBatch<'a> {
    /// # Panics
    /// If a row is of another source than its event.
    pub(crate) fn new(arrivals: &'a [Arrival]) -> Self {
        let mut firsts = [const { Vec::new() }; 3];
        let mut ids = [(); 3].map(|()| HashSet::new());
        for (place, arrival) in arrivals.iter().enumerate() {
            let source = arrival.origin.partition.source;
            assert_eq!(
                arrival.row.values().len(),
                source.features().len(),
                "a row of {source}"
            );
            if ids[source.index()].insert(arrival.row.id()) {
                firsts[source.index()].push(place);
            }
        }
        Self { arrivals, firsts }
    }

    /// The sources that have rows in it.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source> {
        Source::ALL
            .into_iter()
            .filter(|source| !self.firsts[source.index()].is_empty())
    }

    /// The rows of a source.
    pub(crate) fn rows(&self, source: Source) -> Vec<&'a Row> {
        self.firsts[source.index()]
            .iter()
            .map(|place| &self.arrivals[*place].row)
            .collect()
    }

    /// What became of each event; `inserted` are the ids that each table has taken.
    pub(crate) fn settle(
        &self,
        inserted: &[Vec<i64>; 3],
        before: &Journals,
    ) -> (Vec<Landing>, Journals) {
        let mut taken = vec![false; self.arrivals.len()];
        for (firsts, inserted) in self.firsts.iter().zip(inserted) {
            let all = firsts.len() == inserted.len();
            let ids: HashSet<i64> = if all {
                HashSet::new()
            } else {
                inserted.iter().copied().collect()
            };
            for place in firsts {
                taken[*place] = all || ids.contains(&self.arrivals[*place].row.id());
            }
        }
        settle(self.arrivals, &taken, before)
    }
}
