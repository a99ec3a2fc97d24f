//! Statistical measures of samples, each implemented from its definition.

mod curve;
mod distance;
mod spread;

pub use curve::{Scored, best_f1, placements, precision_area, roc, roc_area};
pub use distance::{information, kolmogorov_smirnov, total_variation};
pub use spread::{Interval, bootstrap_mean, burstiness, dispersion, quantile};
