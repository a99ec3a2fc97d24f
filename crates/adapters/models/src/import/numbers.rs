//! What texts can be parsed as, and the distribution of numbers among them.

use emulator_model::{Node, NodeValue};
use jiff::civil;

use super::draft::Kind;
use super::yaml::{list, map, number, whole};

/// Size of the sample from which the distribution is estimated.
const KEPT: usize = 2_000;

#[derive(Clone, Copy)]
pub(super) struct CanBe {
    pub(super) whole: bool,
    pub(super) decimal: bool,
    pub(super) float: bool,
    pub(super) uuid: bool,
    pub(super) date: bool,
    pub(super) time: bool,
    pub(super) timestamp: bool,
}

#[derive(Default)]
pub(super) struct Numbers {
    kept: Vec<f64>,
    scale: u32,
    /// The first value, the step and the last value; `None` if the steps differ.
    pub(super) sequence: Option<Option<(i64, i64, i64)>>,
}

impl CanBe {
    pub(super) fn of(value: &str, may_be_number: bool) -> Self {
        let digits = value.strip_prefix('-').unwrap_or(value);
        let starts = digits.starts_with(|letter: char| letter.is_ascii_digit());
        // Leading zeros mark a text, such as a code.
        let zeros = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let is_number = may_be_number && starts && !zeros;
        let fraction = digits.split_once('.').map(|(_, fraction)| fraction);
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let float = is_number && value.parse::<f64>().is_ok_and(f64::is_finite);
        Self {
            whole: is_number && value.parse::<i64>().is_ok(),
            decimal: float
                && digits.len() <= 15
                && fraction.is_none_or(|fraction| fraction.len() <= 9)
                && all_digits(&digits.replacen('.', "", 1)),
            float,
            uuid: value.len() == 36 && is_uuid(value),
            date: value.len() == 10 && value.parse::<civil::Date>().is_ok(),
            time: value.len() >= 5
                && value.is_ascii()
                && value.as_bytes()[2] == b':'
                && value.parse::<civil::Time>().is_ok(),
            timestamp: value.len() >= 19
                && value.is_ascii()
                && (value.parse::<jiff::Timestamp>().is_ok()
                    || value.parse::<civil::DateTime>().is_ok()),
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            whole: self.whole && other.whole,
            decimal: self.decimal && other.decimal,
            float: self.float && other.float,
            uuid: self.uuid && other.uuid,
            date: self.date && other.date,
            time: self.time && other.time,
            timestamp: self.timestamp && other.timestamp,
        }
    }
}

fn is_uuid(value: &str) -> bool {
    value
        .bytes()
        .enumerate()
        .all(|(position, byte)| match position {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

impl Numbers {
    /// `number` counts the values from 1.
    pub(super) fn add(&mut self, value: &str, number: u64) {
        let Ok(parsed) = value.parse::<f64>() else {
            return;
        };
        let fraction = value
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.len());
        self.scale = self.scale.max(fraction as u32);
        // Later values replace earlier ones, as in reservoir sampling.
        match self.kept.len() < KEPT {
            true => self.kept.push(parsed),
            false => {
                let place = (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) % number;
                if let Some(kept) = self.kept.get_mut(place as usize) {
                    *kept = parsed;
                }
            }
        }
        let whole = value.parse::<i64>().ok();
        self.sequence = Some(match (self.sequence, whole) {
            (None, Some(first)) => Some((first, 0, first)),
            (Some(Some((first, 0, last))), Some(now)) if number == 2 => now
                .checked_sub(last)
                .filter(|step| *step > 0)
                .map(|step| (first, step, now)),
            (Some(Some((first, step, last))), Some(now)) if last.checked_add(step) == Some(now) => {
                Some((first, step, now))
            }
            _ => None,
        });
    }

    /// Four bins between the quartiles.
    pub(super) fn kind(&self, can: CanBe) -> Kind {
        let mut sorted = self.kept.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |quarter: usize| sorted[(sorted.len() - 1) * quarter / 4];
        let (low, high) = (at(0), at(4));
        let constant = || {
            let node = match can.whole {
                true => whole(low as i64),
                false => Node::new(NodeValue::Float(low)),
            };
            Kind::Seen(map([("constant", node)]))
        };
        if low >= high {
            return constant();
        }
        let mut bins: Vec<(f64, f64, i64)> = Vec::new();
        for quarter in 0..4 {
            let (from, to) = (at(quarter), at(quarter + 1));
            match bins.last_mut() {
                // One value may account for half of all.
                Some(last) if from >= to => last.2 += 1,
                _ if from >= to => {}
                _ => bins.push((from, to, 1)),
            }
        }
        let bins = bins
            .into_iter()
            .map(|(from, to, weight)| list([number(from), number(to), whole(weight)]));
        let histogram = ("histogram", list(bins));
        Kind::Seen(match can {
            CanBe { whole: true, .. } => map([("integer", map([histogram]))]),
            CanBe { decimal: true, .. } => {
                let scale = ("scale", whole(self.scale.into()));
                map([("decimal", map([histogram, scale]))])
            }
            _ => map([("float", map([histogram]))]),
        })
    }
}
