//! Chooses the record of another stream that a record refers to.

use rand_distr::{Distribution, Zipf};

use super::{Run, StreamKind};
use crate::permutation::Permutation;
use crate::random::Key;

/// How a reference chooses its record.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    /// The position of its stream.
    pub(crate) stream: usize,
    pub(crate) how: PickKind,
}

#[derive(Clone, Debug)]
pub(crate) enum PickKind {
    /// All equally likely.
    Uniform,
    /// By Zipf's law: the record of popularity rank k has a weight of 1 / k^s. The seed determines
    /// which record has which rank.
    Zipf {
        ranks: Zipf<f64>,
        order: Permutation,
    },
    /// One of the last `window` records that have happened, all equally likely.
    Recent { window: u64 },
}

/// Purposes that divide the field's key.
const CHOICE: u64 = 11;
const ORDER: u64 = 12;

impl Pick {
    /// The index of the record that each record refers to. `positions` gives the referring records'
    /// positions on the timeline.
    pub(super) fn picks<'p>(
        &self,
        run: Run<'_>,
        positions: impl FnOnce() -> &'p [u64],
        key: Key,
        indices: &[u64],
    ) -> Vec<u64> {
        let population = run.program.population(self.stream, run.seed);
        let choice = key.part(CHOICE);
        let indices = indices.iter();
        match &self.how {
            PickKind::Uniform => indices
                .map(|index| choice.at(*index).below(population))
                .collect(),
            PickKind::Zipf { ranks, order } => {
                let places = key.part(ORDER);
                indices
                    .map(|index| {
                        let rank = ranks.sample(&mut choice.at(*index)) as u64;
                        order.forward(places, rank.clamp(1, order.size()) - 1)
                    })
                    .collect()
            }
            PickKind::Recent { window } => {
                let target = &run.program.streams[self.stream].kind;
                let positions = positions().iter();
                let last = |position: u64| match target {
                    StreamKind::Entities { count } => *count - 1,
                    StreamKind::Events => position,
                    _ => (run.program)
                        .first_at(self.stream, run.seed, position.saturating_add(1))
                        .saturating_sub(1),
                };
                let pairs = indices.zip(positions);
                pairs
                    .map(|(index, position)| {
                        let last = last(*position);
                        let lag = choice
                            .at(*index)
                            .below((*window).min(last.saturating_add(1)));
                        last - lag
                    })
                    .collect()
            }
        }
    }
}
