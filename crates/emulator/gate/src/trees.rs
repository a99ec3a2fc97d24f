//! Boosted trees.

use forust_ml::gradientbooster::GrowPolicy;
use forust_ml::objective::ObjectiveType;
use forust_ml::{GradientBooster, Matrix};

use crate::features::Features;

/// The training parameters of trees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growth {
    rounds: usize,
    /// The minimum of a leaf, as the sum of p (1 - p) over its rows.
    leaf: f32,
}

/// A model as practitioners would train it.
pub(crate) const MODEL: Growth = Growth {
    rounds: 150,
    leaf: 2.0,
};
/// Trees that only detect whether there is any signal: large leaves, to avoid overfitting.
pub(crate) const PROBE: Growth = Growth {
    rounds: 60,
    leaf: 20.0,
};

/// Numbered rows with some of their columns.
pub(crate) struct Rows<'f> {
    pub(crate) features: &'f Features,
    pub(crate) rows: Vec<u32>,
}

impl<'f> Rows<'f> {
    /// The rows whose time is in the range.
    pub(crate) fn within(features: &'f Features, times: std::ops::Range<f64>) -> Self {
        let rows = (0..features.len()).filter(|row| times.contains(&features.times[*row]));
        Self {
            rows: rows.map(|row| row as u32).collect(),
            features,
        }
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().map(|row| *row as usize)
    }

    fn values(&self, columns: &[usize]) -> Vec<f64> {
        let columns = columns.iter().map(|column| &self.features.columns[*column]);
        columns
            .flat_map(|column| self.each().map(|row| column[row]))
            .collect()
    }

    /// Whether each row is fraud.
    pub(crate) fn labels(&self) -> Vec<f64> {
        self.each()
            .map(|row| f64::from(self.features.is_fraud(row)))
            .collect()
    }
}

/// The scores that trees trained on `train` give to each row of `test`.
pub(crate) fn scores(
    growth: Growth,
    train: (&[f64], &[f64]),
    test: &[f64],
    columns: usize,
) -> Vec<f64> {
    let (values, labels) = train;
    let mut booster = GradientBooster::default()
        .set_objective_type(ObjectiveType::LogLoss)
        .set_iterations(growth.rounds)
        .set_learning_rate(0.06)
        .set_max_depth(20)
        .set_max_leaves(15)
        .set_min_leaf_weight(growth.leaf)
        .set_l2(5.0)
        .set_initialize_base_score(true);
    booster.grow_policy = GrowPolicy::LossGuide;
    let matrix = Matrix::new(values, labels.len(), columns);
    booster
        .fit_unweighted(&matrix, labels, None)
        .expect("the settings are allowed, and labels are 0 and 1");
    booster.predict(&Matrix::new(test, test.len() / columns, columns), true)
}

/// The same for rows of features.
pub(crate) fn learn(
    growth: Growth,
    train: &Rows<'_>,
    test: &Rows<'_>,
    columns: &[usize],
) -> Vec<f64> {
    scores(
        growth,
        (&train.values(columns), &train.labels()),
        &test.values(columns),
        columns.len(),
    )
}
