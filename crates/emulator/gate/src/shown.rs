//! Formats figures.

use std::fmt;

use crate::measure::Interval;
use crate::rows::{Bound, Outcome, Row, Verdict};

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Fails => "FAILS",
            Self::Open => "open",
        })
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (figure(self.low), figure(self.high));
        f.pad(&match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) if low == high => low,
            (true, true) => format!("{low} to {high}"),
            (true, false) => format!("at least {low}"),
            _ => format!("at most {high}"),
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Self::Measured(_, Some(area)) => area.to_string(),
            Self::Measured(value, None) => figure(*value),
            Self::Absent(_) | Self::TooFew(_) => "-".to_owned(),
        })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, low, high } = self;
        write!(f, "{value:.3} ({low:.3} to {high:.3})")
    }
}

impl Row {
    /// The origin of the figure, or why there is none.
    pub fn note(&self) -> String {
        match &self.outcome {
            Outcome::Measured(..) => self.of.clone(),
            Outcome::Absent(why) => (*why).to_owned(),
            Outcome::TooFew(needed) => format!("needs --records {needed}"),
        }
    }
}

/// Rounded to the significant digits.
fn figure(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        1.0.. => ((value * 1e3).round() / 1e3).to_string(),
        _ => ((value * 1e5).round() / 1e5).to_string(),
    }
}
