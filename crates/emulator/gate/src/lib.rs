//! The realism gate: are the payments lifelike, and is fraud as hard to detect as in reality?
//!
//! Three runs of a world are read ([`Runs`]): one, another with other people and shops, and one
//! with the people of the first and another seed. [`gate`] measures them and compares each figure
//! with its bound; [`dial`] shows that fraud becomes harder to detect as the difficulty rises.
//! Bounds are fixed ([`rows`]): if a world misses one, the world must be corrected.
//!
//! [`measure`] has the statistical measures alone, for any numbers. The boosted trees are those of
//! `forust-ml` (docs/adr/0019): equal input gives equal trees, on any number of cores.

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

/// The result of a measurement.
#[derive(Clone, Debug)]
pub struct Report {
    /// The world.
    pub world: World,
    /// Payments of the two runs.
    pub payments: [usize; 2],
    /// The number of people in the first run.
    pub people: usize,
    /// The number of frauds in the first run.
    pub frauds: usize,
    /// The table of measures.
    pub rows: Vec<Row>,
    /// The shares of honest payments by hour of the week, from Monday midnight: measured and
    /// declared.
    pub week: Vec<(f64, f64)>,
    /// ROC curves of the boosted trees, by their features: false positive rate and true positive
    /// rate.
    pub curves: Vec<(&'static str, Vec<(f64, f64)>)>,
    /// The settings of difficulty, if they were measured.
    pub dial: Vec<Setting>,
}

impl Report {
    /// Whether all bounds are kept.
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.verdict() != Verdict::Fails) && self.falls()
    }

    /// Whether the trees find less fraud, the higher the difficulty.
    pub fn falls(&self) -> bool {
        let mut pairs = self.dial.windows(2);
        pairs.all(|pair| pair[1].area.value < pair[0].area.value)
    }
}

/// The runs of a world.
#[derive(Debug)]
pub struct Runs {
    /// The run that is measured.
    pub one: Run,
    /// Another seed, with other people and shops.
    pub other: Run,
    /// The second seed, with the people and shops of the first run.
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
