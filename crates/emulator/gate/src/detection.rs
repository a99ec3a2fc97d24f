//! How well fraud is detected, and whether anything leaks that should not.

use std::collections::HashMap;

use crate::Runs;
use crate::features::{ALONE, Features, HISTORY, NUMBERS};
use crate::measure::{
    Interval, Scored, best_f1, bootstrap_mean, placements, precision_area, roc, roc_area,
};
use crate::run::Run;
use crate::trees::{MODEL, PROBE, Rows, learn, scores};

/// The share of time used for training; the rest is for testing.
const SPLIT: f64 = 0.6;
/// The number of points in a drawn curve.
const POINTS: usize = 200;

/// The figures.
#[derive(Debug)]
pub(crate) struct Detection {
    /// The area under the ROC curve for trees that know the customer's history.
    pub(crate) area: Interval,
    /// What the history adds to the area under the precision-recall curve.
    pub(crate) history_adds: f64,
    /// The best single feature.
    pub(crate) best_single: (f64, &'static str),
    /// The ROC area for features that should carry no information.
    pub(crate) numbers: Interval,
    /// The ROC area for telling two runs apart.
    pub(crate) runs: f64,
    curves: Vec<(&'static str, Vec<(f64, f64)>)>,
}

impl Detection {
    pub(crate) fn new(runs: &Runs) -> Self {
        let [one, other, sibling] = [&runs.one, &runs.other, &runs.sibling].map(Features::new);
        let alone: Vec<usize> = (0..ALONE.len()).collect();
        let known: Vec<usize> = (0..ALONE.len() + HISTORY.len()).collect();
        let (knows_all, area) = later_frauds(&one, &other, &known);
        let (knows_little, _) = later_frauds(&one, &other, &alone);
        let (numbers, blind) = numbers(&one, &other);
        Self {
            area,
            history_adds: precision_area(&knows_all) / precision_area(&knows_little) - 1.0,
            best_single: best_single(&one, &other, &known),
            numbers,
            runs: told_apart(&one, &sibling, &alone),
            curves: vec![
                ("with the customer's past", roc(&knows_all, POINTS)),
                ("the payment alone", roc(&knows_little, POINTS)),
                ("ids, order and digits", roc(&blind, POINTS)),
            ],
        }
    }

    pub(crate) fn curves(self) -> Vec<(&'static str, Vec<(f64, f64)>)> {
        self.curves
    }
}

/// The ROC area for trees that know a customer's history, at one setting of difficulty.
pub(crate) fn area(one: &Run, other: &Run) -> Interval {
    let [one, other] = [one, other].map(Features::new);
    let known: Vec<usize> = (0..ALONE.len() + HISTORY.len()).collect();
    later_frauds(&one, &other, &known).1
}

/// The scores that trees trained on the earlier payments of one run give to the later ones of
/// another.
fn later_frauds(one: &Features, other: &Features, columns: &[usize]) -> (Vec<Scored>, Interval) {
    let train = Rows::within(one, 0.0..SPLIT);
    let test = Rows::within(other, SPLIT..f64::INFINITY);
    let scored = with_weights(&test, &learn(MODEL, &train, &test, columns));
    let area = bootstrap_mean(&by_campaign(&test, &scored));
    (scored, area)
}

fn with_weights(rows: &Rows<'_>, scores: &[f64]) -> Vec<Scored> {
    let scored = rows.each().zip(scores).map(|(row, score)| Scored {
        score: *score,
        is_positive: rows.features.is_fraud(row),
        weight: rows.features.weight(row),
    });
    scored.collect()
}

/// The placements of frauds, grouped by campaign, because those of a campaign are correlated.
fn by_campaign(rows: &Rows<'_>, scored: &[Scored]) -> Vec<Vec<f64>> {
    let campaigns = rows.each().map(|row| rows.features.campaigns[row]);
    let frauds = campaigns.filter(|campaign| *campaign > 0);
    let mut groups: HashMap<u32, usize> = HashMap::new();
    let mut placed: Vec<Vec<f64>> = Vec::new();
    for (campaign, placement) in frauds.zip(placements(scored)) {
        let group = *groups.entry(campaign).or_insert_with(|| {
            placed.push(Vec::new());
            placed.len() - 1
        });
        placed[group].push(placement);
    }
    placed
}

/// Trained on either run and tested on the other. The people and shops differ, so anything that a
/// number still reveals is a leak. Also returns the scores of the second test.
fn numbers(one: &Features, other: &Features) -> (Interval, Vec<Scored>) {
    let first = ALONE.len() + HISTORY.len();
    let columns: Vec<usize> = (first..first + NUMBERS.len()).collect();
    let mut groups = Vec::new();
    let mut last = Vec::new();
    for (train, test) in [(other, one), (one, other)] {
        let [train, test] =
            [train, test].map(|features| Rows::within(features, f64::NEG_INFINITY..f64::INFINITY));
        last = with_weights(&test, &learn(PROBE, &train, &test, &columns));
        groups.extend(by_campaign(&test, &last));
    }
    (bootstrap_mean(&groups), last)
}

/// Trains on half of the payments of both runs, then tells the runs of the others apart.
fn told_apart(one: &Features, other: &Features, columns: &[usize]) -> f64 {
    let half = |parity: usize| {
        let rows = |features: &Features| (parity..features.len()).step_by(2);
        let values = columns.iter().flat_map(|column| {
            [one, other].into_iter().flat_map(move |features| {
                (parity..features.len())
                    .step_by(2)
                    .map(move |row| features.columns[*column][row])
            })
        });
        let labels = rows(one).map(|_| 0.0).chain(rows(other).map(|_| 1.0));
        (values.collect::<Vec<f64>>(), labels.collect::<Vec<f64>>())
    };
    let ((train, labels), (test, truth)) = (half(0), half(1));
    let scores = scores(PROBE, (&train, &labels), &test, columns.len());
    let scored: Vec<Scored> = scores
        .into_iter()
        .zip(truth)
        .map(|(score, truth)| Scored {
            score,
            is_positive: truth > 0.0,
            weight: 1.0,
        })
        .collect();
    let area = roc_area(&scored);
    area.max(1.0 - area)
}

/// The best F1 of a single feature and the feature's name. For a number, any threshold in either
/// direction; classes are ordered by their share of fraud in the other run.
fn best_single(one: &Features, other: &Features, columns: &[usize]) -> (f64, &'static str) {
    let all = columns.iter().flat_map(|column| {
        let feature = ALONE
            .iter()
            .chain(&HISTORY)
            .nth(*column)
            .expect("it is one of them");
        let values = &other.columns[*column];
        let scores: [Vec<f64>; 2] = if feature.is_class {
            let share = shares(one, *column);
            let rates = values
                .iter()
                .map(|value| share.get(&value.to_bits()).copied().unwrap_or(0.0));
            [rates.collect(), Vec::new()]
        } else {
            let known = |value: &f64| if value.is_nan() { -1.0 } else { *value };
            let known: Vec<f64> = values.iter().map(known).collect();
            [known.iter().map(|value| -value).collect(), known]
        };
        scores.map(|scores| {
            let rows = Rows {
                features: other,
                rows: (0..scores.len() as u32).collect(),
            };
            (best_f1(&with_weights(&rows, &scores)), feature.name)
        })
    });
    all.fold(
        (0.0, ""),
        |best, next| if next.0 > best.0 { next } else { best },
    )
}

/// The share of fraud of each class.
fn shares(features: &Features, column: usize) -> HashMap<u64, f64> {
    let mut counts: HashMap<u64, (f64, f64)> = HashMap::new();
    for (row, value) in features.columns[column].iter().enumerate() {
        let (frauds, all) = counts.entry(value.to_bits()).or_default();
        *frauds += f64::from(u8::from(features.is_fraud(row)));
        *all += features.weight(row);
    }
    counts
        .into_iter()
        .map(|(value, (frauds, all))| (value, frauds / all))
        .collect()
}

#[cfg(test)]
mod tests;
