//! Whether fraud is harder to detect when the difficulty is set higher.

use crate::detection;
use crate::measure::Interval;
use crate::run::Run;

/// The settings that are compared.
pub const DIFFICULTIES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// The detection by boosted trees at one setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The difficulty.
    pub difficulty: f64,
    /// The area under the curve.
    pub area: Interval,
}

/// Measures two runs at one setting of difficulty.
pub fn dial(one: &Run, other: &Run) -> Setting {
    Setting {
        difficulty: one.plan.difficulty,
        area: detection::area(one, other),
    }
}
