//! Distributions with bounds.

use super::Distribution;
use crate::error::Faults;
use crate::node::{Node, NodeValue};
use crate::random::{Key, Name, Random};

/// A bounded distribution of whole units: of 1, or of the last digit of a decimal.
///
/// A draw outside the bounds is repeated: this is the truncated distribution.
#[derive(Clone, Debug)]
pub(crate) struct Units {
    source: UnitSource,
    /// The smallest and the largest unit.
    pub(crate) min: i64,
    pub(crate) max: i64,
}

#[derive(Clone, Debug)]
enum UnitSource {
    /// All units equally likely.
    Even,
    Drawn {
        distribution: Distribution,
        per_one: f64,
    },
}

/// The largest number of units: 18 digits, so that sums of a few still fit.
const MOST_UNITS: i64 = 999_999_999_999_999_999;

impl Units {
    /// Reads `{DISTRIBUTION, min, max}`, with `scale` digits after the point.
    pub(crate) fn read(
        faults: &mut Faults,
        node: &Node,
        scale: u8,
        beside: &[&str],
    ) -> Option<Self> {
        let entries = faults.map(node, "a distribution, such as {uniform: [1, 6]}")?;
        let per_one = 10_f64.powi(scale.into());
        let beside = [&["min", "max"], beside].concat();
        let distribution = Distribution::read(faults, node, entries, &beside)?;
        let mut bound = |name: &str, otherwise: i64| match node.get(name) {
            None => Some(otherwise),
            Some(bound) => faults.within(name, |faults| units(faults, bound, per_one, scale)),
        };
        let (min, max) = (bound("min", -MOST_UNITS)?, bound("max", MOST_UNITS)?);
        if let Distribution::Uniform { .. } = distribution {
            let ends = node.get("uniform")?;
            let [low, high] = faults.pair(ends, "two numbers")?;
            let low = faults.within("uniform", |faults| units(faults, low, per_one, scale))?;
            let high = faults.within("uniform", |faults| units(faults, high, per_one, scale))?;
            let even = Self {
                source: UnitSource::Even,
                min: min.max(low),
                max: max.min(high),
            };
            return even.checked(faults, node);
        }
        let drawn = Self {
            source: UnitSource::Drawn {
                distribution,
                per_one,
            },
            min,
            max,
        };
        drawn.checked(faults, node)
    }

    /// The distribution, if a reasonable part of it lies within its bounds.
    fn checked(self, faults: &mut Faults, node: &Node) -> Option<Self> {
        if self.min > self.max {
            faults.at(
                node.place,
                "nothing is left between min and max; expected min at most max",
            );
            return None;
        }
        let is_drawn = self.even_span().is_none();
        if is_drawn && !is_likely(|random| self.once(random).is_some()) {
            faults.at(
                node.place,
                "min and max leave less than about 0.3 % of the distribution; expected bounds \
                     where its values are",
            );
            return None;
        }
        Some(self)
    }

    /// The same within narrower bounds, if a reasonable part of it remains. Its own bounds stay in
    /// force, and a uniform distribution is refused if it would lose values.
    pub(crate) fn within(self, min: i64, max: i64) -> Option<Self> {
        let even = self.even_span().is_some();
        if even && (self.min < min || self.max > max) {
            return None;
        }
        let narrower = Self {
            min: self.min.max(min),
            max: self.max.min(max),
            ..self
        };
        let holds = narrower.min <= narrower.max
            && (even || is_likely(|random| narrower.once(random).is_some()));
        holds.then_some(narrower)
    }

    /// A draw.
    #[inline]
    pub(crate) fn draw(&self, random: &mut Random) -> i64 {
        if let UnitSource::Even = self.source {
            let span = self.max.abs_diff(self.min) + 1;
            return self.min.wrapping_add_unsigned(random.below(span));
        }
        loop {
            if let Some(units) = self.once(random) {
                return units;
            }
        }
    }

    /// A single draw, unless it falls outside the bounds.
    #[inline]
    fn once(&self, random: &mut Random) -> Option<i64> {
        let UnitSource::Drawn {
            distribution,
            per_one,
        } = &self.source
        else {
            return Some(self.draw(random));
        };
        let units = (distribution.draw(random) * per_one).round();
        (units >= self.min as f64 && units <= self.max as f64).then_some(units as i64)
    }

    /// The number of units, if all are equally likely.
    pub(crate) fn even_span(&self) -> Option<u64> {
        match self.source {
            UnitSource::Even => Some(self.max.abs_diff(self.min) + 1),
            UnitSource::Drawn { .. } => None,
        }
    }
}

/// Whether enough draws fall within the bounds for repeated draws to be cheap.
fn is_likely(once: impl Fn(&mut Random) -> bool) -> bool {
    const TRIES: u64 = 2_000;
    const ENOUGH: usize = 5;
    let key = Key::new(emulator_domain::Seed::new(0), Name::new("share"));
    let within = (0..TRIES).filter(|number| once(&mut key.at(*number)));
    within.take(ENOUGH).count() == ENOUGH
}

/// A number as a number of whole units.
fn units(faults: &mut Faults, node: &Node, per_one: f64, scale: u8) -> Option<i64> {
    let what = match scale {
        0 => "a whole number".to_owned(),
        scale => format!("a number with at most {scale} digits after the point"),
    };
    let expected = format!("{what}, at most 18 digits in all");
    if let (NodeValue::Integer(value), 0) = (&node.value, scale)
        && value.unsigned_abs() <= MOST_UNITS as u64
    {
        return Some(*value);
    }
    let units = faults.number(node, &expected)? * per_one;
    let whole = units.round();
    // The maximum error of decimals represented as binary fractions.
    if (units - whole).abs() > whole.abs().max(1.0) * 1e-9 || whole.abs() > MOST_UNITS as f64 {
        faults.unexpected(node, &expected);
        return None;
    }
    Some(whole as i64)
}

/// A distribution of real numbers with bounds; draws outside them are repeated.
#[derive(Clone, Debug)]
pub(crate) struct Reals {
    distribution: Distribution,
    min: f64,
    max: f64,
}

impl Reals {
    /// Reads `{DISTRIBUTION, min, max}`.
    pub(crate) fn read(faults: &mut Faults, node: &Node, beside: &[&str]) -> Option<Self> {
        let entries = faults.map(node, "a distribution, such as {normal: {mean: 0, sd: 1}}")?;
        let beside = [&["min", "max"], beside].concat();
        let distribution = Distribution::read(faults, node, entries, &beside)?;
        let mut bound = |name: &str, otherwise: f64| match node.get(name) {
            None => Some(otherwise),
            Some(bound) => faults.within(name, |faults| faults.number(bound, "a number")),
        };
        let reals = Self {
            min: bound("min", f64::MIN)?,
            max: bound("max", f64::MAX)?,
            distribution,
        };
        if !is_likely(|random| reals.once(random).is_some()) {
            faults.at(
                node.place,
                "min and max leave less than about 0.3 % of the distribution; expected bounds \
                 where its values are, min below max",
            );
            return None;
        }
        Some(reals)
    }

    /// A draw.
    #[inline]
    pub(crate) fn draw(&self, random: &mut Random) -> f64 {
        loop {
            if let Some(value) = self.once(random) {
                return value;
            }
        }
    }

    #[inline]
    fn once(&self, random: &mut Random) -> Option<f64> {
        let value = self.distribution.draw(random);
        (value >= self.min && value <= self.max).then_some(value)
    }
}
