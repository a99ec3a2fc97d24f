//! References: which record of another stream a record refers to.

use emulator_domain::record::{Cells, Column, Presence};
use rand_distr::{Distribution, Zipf};

use crate::permutation::Permutation;
use crate::program::{Generator, Points, StreamKind};
use crate::random::Key;
use crate::records::Records;

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
    /// The index of the record that each record refers to.
    pub(crate) fn picks(&self, records: &Records<'_>, key: Key, indices: &[u64]) -> Vec<u64> {
        let run = records.run;
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
                let positions = records.positions().iter();
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

/// A field of a record of another stream.
#[derive(Debug)]
pub(crate) struct Of {
    pub(crate) through: Through,
    /// The stream, and its field.
    pub(crate) stream: usize,
    pub(crate) field: usize,
}

/// How a record leads to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Through {
    /// By the very field that is made, at this position.
    Itself(usize),
    /// By the field at this position, which was made before.
    Field(usize),
    /// It is the parent.
    Parent,
}

impl Generator for Of {
    fn fill(&self, points: &Points<'_>) -> Column {
        let records = points.records;
        let rows = (0..points.len()).map(|i| points.row(i));
        let indices: Vec<u64> = match self.through {
            Through::Itself(field) | Through::Field(field) => {
                let picked = records.picked(field);
                rows.map(|row| picked[row]).collect()
            }
            Through::Parent => {
                let families = records.families();
                rows.map(|row| families[row].parent).collect()
            }
        };
        let mut column = Records::new(records.run, self.stream, &indices).only(self.field);
        if let Through::Field(field) = self.through {
            // Who refers to nothing has nothing of it.
            let reference = records.column(field);
            for i in 0..points.len() {
                if reference.presence(points.row(i)) != Presence::Present {
                    column.remove(i, Presence::Null);
                }
            }
        }
        column
    }

    fn of_parent(&self) -> Option<usize> {
        (self.through == Through::Parent).then_some(self.field)
    }
}

/// The number of a child among those of its parent, from 1.
#[derive(Debug)]
pub(crate) struct Ordinal;

impl Generator for Ordinal {
    fn fill(&self, points: &Points<'_>) -> Column {
        let families = points.records.families();
        let ordinals = (0..points.len()).map(|i| i64::from(families[points.row(i)].ordinal) + 1);
        Column::new(Cells::Long(ordinals.collect()))
    }

    fn is_ordinal(&self) -> bool {
        true
    }
}
