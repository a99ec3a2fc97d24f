//! The table: each measure with its bound, based on published figures about real payments.

use emulator_domain::rules::fraud::FraudRule;
use emulator_world::declared::CATEGORIES;
use statrs::distribution::{Binomial, DiscreteCDF};

use crate::amounts::{most_fraud, most_information, worst_category};
use crate::detection::Detection;
use crate::habits::Habits;
use crate::measure::{Interval, total_variation};
use crate::run::{Run, World};

/// The allowed range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
}

/// The result of a measure.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A figure; with its 95 % confidence interval if it comes from a sample of campaigns.
    Measured(f64, Option<Interval>),
    /// The world has nothing to measure, for this reason.
    Absent(&'static str),
    /// The sample is too small: this many payments are needed.
    TooFew(u64),
}

/// A line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The name of the measure.
    pub measure: &'static str,
    /// The result.
    pub outcome: Outcome,
    /// The allowed range.
    pub bound: Bound,
    /// Which category or feature the figure belongs to, if it is the extreme of several.
    pub of: String,
}

/// Whether a bound is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept.
    Holds,
    /// It is missed.
    Fails,
    /// Undetermined.
    Open,
}

impl Row {
    /// Whether the bound is kept.
    pub fn verdict(&self) -> Verdict {
        match self.outcome {
            Outcome::Measured(value, _) if (self.bound.low..=self.bound.high).contains(&value) => {
                Verdict::Holds
            }
            Outcome::Measured(..) => Verdict::Fails,
            Outcome::Absent(_) | Outcome::TooFew(_) => Verdict::Open,
        }
    }
}

/// The number of payments from which on the contract's bound for the distance of amounts is
/// meaningful.
const AMOUNTS_NEED: u64 = 1_000_000;
/// The number of payments per run from which on an area 0.02 away from one half is more than
/// chance: frauds of a campaign share people and shops, so they count as a quarter of their number.
const NUMBERS_NEED: u64 = 2_000_000;

pub(crate) fn table(run: &Run, week: &[(f64, f64)], detection: &Detection) -> Vec<Row> {
    let n = run.payments.len() as u64;
    let habits = Habits::new(run);
    let is_world = run.plan.world == World::Payments;
    let measured = |value| Outcome::Measured(value, None);
    let if_enough = |needed, outcome: Outcome| {
        if run.plan.records < needed {
            Outcome::TooFew(needed)
        } else {
            outcome
        }
    };
    let row = |measure, outcome, low, high| Row {
        measure,
        outcome,
        bound: Bound { low, high },
        of: String::new(),
    };
    let of = |row: Row, of: &str| Row {
        of: of.to_owned(),
        ..row
    };
    let infinite = f64::INFINITY;

    let declared = declared_share(run.plan.world);
    let binomial = Binomial::new(declared, n).expect("a share is a probability");
    let [low, high] = [0.0005, 0.9995].map(|p| binomial.inverse_cdf(p) as f64 / n as f64);
    let (distance, category) = worst_category(run);
    let (information, pair) = most_information(run);
    let (most, worst) = most_fraud(run);
    let references = run.references;
    vec![
        row(
            "fraud share",
            measured(run.payments.frauds() as f64 / n as f64),
            low,
            high,
        ),
        if is_world {
            let outcome = if_enough(AMOUNTS_NEED, measured(distance));
            of(
                row(
                    "amounts by category against declared, KS",
                    outcome,
                    f64::NEG_INFINITY,
                    0.02,
                ),
                category,
            )
        } else {
            let absent = Outcome::Absent("it declares no categories");
            row(
                "amounts by category against declared, KS",
                absent,
                f64::NEG_INFINITY,
                0.02,
            )
        },
        row(
            "hour x weekday against declared, total variation",
            measured(total_variation(week.iter().copied())),
            0.0,
            0.02,
        ),
        of(
            row(
                "fields declared independent, mutual information",
                measured(information),
                0.0,
                0.01,
            ),
            pair,
        ),
        row(
            "payments a customer and month, median",
            measured(habits.month),
            15.0,
            infinite,
        ),
        row(
            "payments a customer and month, variance / mean",
            measured(habits.dispersion),
            5.0,
            infinite,
        ),
        row(
            "merchants a customer in six months, first quartile",
            measured(habits.merchants[0]),
            46.0,
            87.0,
        ),
        row(
            "merchants a customer in six months, third quartile",
            measured(habits.merchants[1]),
            46.0,
            87.0,
        ),
        row(
            "burstiness of the median customer",
            measured(habits.burstiness),
            0.2,
            0.6,
        ),
        row(
            "impossible travel among honest payments",
            habits
                .impossible
                .map_or(Outcome::Absent("its shops are nowhere"), measured),
            0.0,
            0.001,
        ),
        of(
            row(
                "best single feature, F1",
                measured(detection.best_single.0),
                0.0,
                0.3,
            ),
            detection.best_single.1,
        ),
        row(
            "boosted trees: before, after, another seed: AUC",
            Outcome::Measured(detection.area.value, Some(detection.area)),
            0.78,
            0.94,
        ),
        row(
            "what history adds to PR-AUC",
            measured(detection.history_adds),
            0.25,
            infinite,
        ),
        row(
            "ids, index, low digits, order alone: AUC",
            if_enough(
                NUMBERS_NEED,
                Outcome::Measured(detection.numbers.value, Some(detection.numbers)),
            ),
            0.48,
            0.52,
        ),
        of(
            row("fraud in the category with most", measured(most), 0.0, 0.2),
            match run.plan.world {
                World::Payments => CATEGORIES[worst].name,
                World::Contract => {
                    ["ordinary merchants", "QuickCash", "PaydayLoan", "LoanShark"][worst]
                }
            },
        ),
        row(
            "two runs of other seeds told apart: AUC",
            measured(detection.runs),
            0.0,
            0.55,
        ),
        of(
            row(
                "references that lead to a record",
                measured(1.0 - references.broken as f64 / references.followed as f64),
                1.0,
                1.0,
            ),
            &format!("of {}", references.followed),
        ),
    ]
}

/// The expected share of fraud.
fn declared_share(world: World) -> f64 {
    match world {
        World::Payments => emulator_world::Settings::default().fraud_share,
        // Three in two hundred of those carry the wrong label.
        World::Contract => {
            FraudRule::ALL
                .iter()
                .map(|rule| rule.expected_share())
                .sum::<f64>()
                * 0.985
        }
    }
}
