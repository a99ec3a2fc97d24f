//! The changes of a run under way, as JSON.

use emulator_domain::plan::EmulationPlan;
use emulator_domain::{Change, Changed, InvalidValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{time, traffic};

/// A change, and from where on it holds; one of `rate`, `factor` and `paused` says what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordedChange {
    /// The first place on the timeline that it concerns: the first record, counted from the start of
    /// the timeline.
    pub index: u64,
    /// When it happened, RFC 3339 in UTC.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub time: String,
    /// Another rate began: a number of records a second, or a shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::rate))]
    pub rate: Option<Value>,
    /// Factor by which the rate before was multiplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Seconds for which the run had been paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<f64>,
}

/// The resolution of stored seconds and rates.
const MILLION: f64 = 1e6;

/// The allowed factors, for people.
pub const FACTOR: &str = "a number from 0.000001 to 1000000";

/// Reads a factor, in millionths.
///
/// # Errors
/// If it is out of range.
pub fn factor(value: &Value) -> Result<Change, InvalidValue> {
    let factor = value.as_f64();
    let factor = factor.filter(|factor| (1e-6..=MILLION).contains(factor));
    let factor = factor.ok_or_else(|| InvalidValue::json(value, FACTOR))?;
    Ok(Change::Factor((factor * MILLION).round() as u64))
}

impl RecordedChange {
    /// The changes of a plan.
    pub fn of(plan: &EmulationPlan) -> Vec<Self> {
        plan.changes().iter().map(Self::from).collect()
    }

    fn read(&self) -> Result<Changed, InvalidValue> {
        let change = match (&self.rate, self.factor, self.paused) {
            (Some(rate), None, None) => {
                Change::Traffic(traffic::read(rate).map_err(|why| why.of("rate "))?)
            }
            (None, Some(told), None) => factor(&told.into()).map_err(|why| why.of("factor "))?,
            (None, None, Some(seconds)) => match (0.0..=1e12).contains(&seconds) {
                true => Change::Paused((seconds * MILLION).round() as u64),
                false => {
                    let value = InvalidValue::shown(seconds, "0 to 1000000000000 seconds");
                    return Err(value.of("paused "));
                }
            },
            (rate, factor, paused) => {
                let given = [
                    ("rate", rate.is_some()),
                    ("factor", factor.is_some()),
                    ("paused", paused.is_some()),
                ];
                let given = given.iter().filter(|(_, is_given)| *is_given);
                let names: Vec<_> = given.map(|(name, _)| *name).collect();
                let got = match names.is_empty() {
                    true => "no change".to_owned(),
                    false => names.join(" and "),
                };
                return Err(InvalidValue::shown(got, "one of rate, factor and paused"));
            }
        };
        Ok(Changed {
            index: self.index,
            time: time::parse(&self.time).map_err(|why| why.of("time "))?,
            change,
        })
    }

    /// Applies the changes to the plan.
    ///
    /// # Errors
    /// The first change that is not possible.
    pub fn apply(changes: &[Self], plan: &mut EmulationPlan) -> Result<(), InvalidValue> {
        let read = changes.iter().enumerate().map(|(number, change)| {
            let read = change.read();
            read.map_err(|why| why.of(&format!("at {number}: ")))
        });
        let read: Vec<_> = read.collect::<Result<_, _>>()?;
        let applied = plan.change_all(read);
        applied.map_err(|(number, why)| {
            InvalidValue::shown(
                format!("at {number}: {why}"),
                "a change that is possible there",
            )
        })
    }
}

impl From<&Changed> for RecordedChange {
    fn from(changed: &Changed) -> Self {
        let none = Self {
            index: changed.index,
            time: time::rfc3339(changed.time),
            rate: None,
            factor: None,
            paused: None,
        };
        match &changed.change {
            Change::Traffic(traffic) => Self {
                rate: Some(traffic::write(traffic)),
                ..none
            },
            Change::Factor(millionths) => Self {
                factor: Some(*millionths as f64 / MILLION),
                ..none
            },
            Change::Paused(micros) => Self {
                paused: Some(*micros as f64 / MILLION),
                ..none
            },
        }
    }
}
