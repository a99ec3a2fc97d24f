//! The rows of a batch, table by table.

use std::collections::{BTreeMap, HashSet};

use pipeline_domain::landing::{Arrival, Insertion, Journals, Landing, settle};
use pipeline_domain::row::Row;
use pipeline_domain::source::Source;

/// Each id once per table: of several events with an id, the first one lands.
pub(crate) struct RowBatch<'a> {
    arrivals: &'a [Arrival],
    /// Indices into `arrivals`.
    firsts: [Vec<usize>; 3],
}

/// The result of inserting the rows of a batch.
#[derive(Default)]
pub(crate) struct Insertions {
    /// The new ids in each table.
    pub(crate) inserted: [Vec<i64>; 3],
    /// The reason for each refused row, by its index in the batch.
    pub(crate) refused: BTreeMap<usize, String>,
}

impl<'a> RowBatch<'a> {
    /// # Panics
    /// If a row belongs to another source than its event.
    pub(crate) fn new(arrivals: &'a [Arrival]) -> Self {
        let mut firsts = [const { Vec::new() }; 3];
        let mut ids = [(); 3].map(|()| HashSet::new());
        for (index, arrival) in arrivals.iter().enumerate() {
            let source = arrival.origin.partition.source;
            assert_eq!(
                arrival.row.values().len(),
                source.features().len(),
                "a row of {source}"
            );
            if ids[source.index()].insert(arrival.row.id()) {
                firsts[source.index()].push(index);
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

    /// Indices of a source's rows that are to be inserted.
    pub(crate) fn firsts(&self, source: Source) -> &[usize] {
        &self.firsts[source.index()]
    }

    /// The rows at these indices.
    pub(crate) fn rows(&self, indices: &[usize]) -> Vec<&'a Row> {
        let row = |index: &usize| &self.arrivals[*index].row;
        indices.iter().map(row).collect()
    }

    /// The next event with the same id for the same table.
    pub(crate) fn next_of_id(&self, index: usize) -> Option<usize> {
        let of = |arrival: &Arrival| (arrival.origin.partition.source, arrival.row.id());
        let wanted = of(&self.arrivals[index]);
        let found = self.arrivals[index + 1..]
            .iter()
            .position(|arrival| of(arrival) == wanted);
        found.map(|distance| index + 1 + distance)
    }

    /// The outcome of each event.
    pub(crate) fn settle(
        &self,
        insertions: Insertions,
        before: &Journals,
    ) -> (Vec<Landing>, Journals) {
        let Insertions {
            inserted,
            mut refused,
        } = insertions;
        let mut inserted = inserted.map(|ids| ids.into_iter().collect::<HashSet<_>>());
        let insertions = self.arrivals.iter().enumerate().map(|(index, arrival)| {
            let table = &mut inserted[arrival.origin.partition.source.index()];
            match refused.remove(&index) {
                Some(reason) => Insertion::Refused(reason),
                // The first event with this id that was not refused.
                None if table.remove(&arrival.row.id()) => Insertion::Inserted,
                None => Insertion::Exists,
            }
        });
        settle(self.arrivals, insertions.collect(), before)
    }
}
