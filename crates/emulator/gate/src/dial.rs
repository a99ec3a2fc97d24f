//! Does fraud hide the better, the more it is told to?

use crate::detection;
use crate::measure::Interval;
use crate::run::Run;

/// The settings that are compared.
pub const DIFFICULTIES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// What boosted trees find at a setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// How much fraud hides.
    pub difficulty: f64,
    /// The area under the curve.
    pub area: Interval,
}

/// Measures two runs of a setting of difficulty.
pub fn dial(one: &Run, other: &Run) -> Setting {
    Setting {
        difficulty: one.plan.difficulty,
        area: detection::area(one, other),
    }
}
