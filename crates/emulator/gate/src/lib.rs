//! The realism gate: do payments look like life, and does fraud hide among them as it does in life?
//!
//! Three runs of a world are read ([`Runs`]): one, another of other people and shops, and what the
//! people of the first do with another seed. [`gate`] measures
//! them and holds each figure against its bound; [`dial`] shows that fraud is the harder to find the
//! more it is told to hide. Bounds are fixed ([`rows`]): a world that misses one is to be mended.
//!
//! [`measure`] has the measures alone, for any numbers. Boosted trees are those of `forust-ml`
//! (docs/adr/0019): equal input gives equal trees, on any number of cores.

mod amounts;
mod detection;
mod dial;
mod features;
mod habits;
pub mod measure;
pub mod rows;
mod run;
mod shown;
mod trees;
mod week;

use detection::Detection;
pub use dial::{DIFFICULTIES, Setting, dial};
pub use rows::{Bound, Outcome, Row, Verdict};
pub use run::{Payments, Plan, Run, TooFew, World};

/// What was measured.
#[derive(Clone, Debug)]
pub struct Report {
    /// The world.
    pub world: World,
    /// Payments of the two runs.
    pub payments: [usize; 2],
    /// People of the first run.
    pub people: usize,
    /// Of the first run, how many of them are fraud.
    pub frauds: usize,
    /// The table.
    pub rows: Vec<Row>,
    /// Shares of honest payments by hour of the week, from Monday midnight: found and declared.
    pub week: Vec<(f64, f64)>,
    /// What the boosted trees find (true positives) for how much of false alarm, by what they know.
    pub curves: Vec<(&'static str, Vec<(f64, f64)>)>,
    /// The settings of difficulty, if they were measured.
    pub dial: Vec<Setting>,
}

impl Report {
    /// Whether no bound is missed.
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.verdict() != Verdict::Fails) && self.falls()
    }

    /// Whether trees find the less, the more fraud hides.
    pub fn falls(&self) -> bool {
        let mut pairs = self.dial.windows(2);
        pairs.all(|pair| pair[1].area.value < pair[0].area.value)
    }
}

/// Runs of a world.
#[derive(Debug)]
pub struct Runs {
    /// What is measured.
    pub one: Run,
    /// Another seed, other people and shops.
    pub other: Run,
    /// That seed, and the people and shops of the first.
    pub sibling: Run,
}

/// Measures runs of a world.
pub fn gate(runs: &Runs) -> Report {
    let Runs { one, other, .. } = runs;
    let week = week::shares(one);
    let detection = Detection::new(runs);
    Report {
        world: one.plan.world,
        payments: [one.payments.len(), other.payments.len()],
        people: one.people(),
        frauds: one.payments.frauds(),
        rows: rows::table(one, &week, &detection),
        week,
        curves: detection.curves(),
        dial: Vec::new(),
    }
}
