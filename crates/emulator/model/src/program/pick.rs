//! Which record of another stream a record refers to.

use rand_distr::{Distribution, Zipf};

use super::{Run, StreamKind};
use crate::permutation::Permutation;
use crate::random::Key;

/// How the record that is referred to is chosen.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    /// The position of its stream.
    pub(crate) stream: usize,
    pub(crate) how: PickKind,
}

#[derive(Clone, Debug)]
pub(crate) enum PickKind {
    /// Each as often as any other.
    Uniform,
    /// Few of them most of the time: the record of popularity rank k with a weight of 1 / k^s. Which
    /// record has which rank is drawn with the seed.
    Zipf {
        ranks: Zipf<f64>,
        order: Permutation,
    },
    /// One of the last so many that have happened, all as often.
    Recent { window: u64 },
}

/// Parts of the field's key.
const CHOICE: u64 = 11;
const ORDER: u64 = 12;

impl Pick {
    /// The index of the record that each record refers to; `positions` gives the places of those on
    /// the timeline.
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
