//! The distributions of numbers.

mod bounded;

use rand_distr::Distribution as _;
use rand_distr::{Beta, Exp, Gamma, LogNormal, Normal, Pareto, Poisson, Zipf};

pub(crate) use self::bounded::{Reals, Units};
use crate::alias::AliasTable;
use crate::error::Faults;
use crate::node::{Entry, Node};
use crate::random::Random;

/// A distribution and its syntax.
pub(crate) struct DistributionKind {
    /// Its name in a model.
    pub(crate) name: &'static str,
    /// Its parameters, as documentation.
    pub(crate) parameters: &'static str,
    /// The same as JSON Schema.
    pub(crate) schema: &'static str,
    read: fn(&mut Faults, &Node) -> Option<Distribution>,
}

/// All distributions.
pub(crate) const KINDS: &[DistributionKind] = &[
    DistributionKind {
        name: "uniform",
        parameters: "[low, high]: all values between them are equally likely; whole numbers and decimals include both ends",
        schema: r##"{"type":"array","items":{"type":"number"},"minItems":2,"maxItems":2}"##,
        read: |faults, node| {
            let expected = "two numbers, the lower first, such as [1, 6]";
            let [low, high] = faults.pair(node, expected)?;
            let low = faults.number(low, expected)?;
            let high = faults.number_that(high, "a number above the first", |high| high > low)?;
            Some(Distribution::Uniform { low, high })
        },
    },
    DistributionKind {
        name: "normal",
        parameters: "{mean, sd}",
        schema: r##"{"type":"object","properties":{"mean":{"type":"number"},"sd":{"type":"number","exclusiveMinimum":0}},"required":["mean","sd"],"additionalProperties":false}"##,
        read: |faults, node| {
            let [mean, sd] = parameters(faults, node, ["mean", "sd"])?;
            let mean = faults.number(mean, "a number")?;
            let sd = faults.positive(sd)?;
            Normal::new(mean, sd).ok().map(Distribution::Normal)
        },
    },
    DistributionKind {
        name: "lognormal",
        parameters: "{median, sigma}: sigma is the standard deviation of the logarithm",
        schema: r##"{"type":"object","properties":{"median":{"type":"number","exclusiveMinimum":0},"sigma":{"type":"number","exclusiveMinimum":0}},"required":["median","sigma"],"additionalProperties":false}"##,
        read: |faults, node| {
            let [median, sigma] = positives(faults, node, ["median", "sigma"])?;
            LogNormal::new(libm::log(median), sigma)
                .ok()
                .map(Distribution::LogNormal)
        },
    },
    DistributionKind {
        name: "exponential",
        parameters: "{mean}",
        schema: r##"{"type":"object","properties":{"mean":{"type":"number","exclusiveMinimum":0}},"required":["mean"],"additionalProperties":false}"##,
        read: |faults, node| {
            let [mean] = positives(faults, node, ["mean"])?;
            Exp::new(1.0 / mean).ok().map(Distribution::Exponential)
        },
    },
    DistributionKind {
        name: "pareto",
        parameters: "{minimum, alpha}: from the minimum on; the smaller alpha, the heavier the tail",
        schema: r##"{"type":"object","properties":{"minimum":{"type":"number","exclusiveMinimum":0},"alpha":{"type":"number","exclusiveMinimum":0}},"required":["minimum","alpha"],"additionalProperties":false}"##,
        read: |faults, node| {
            let [minimum, alpha] = positives(faults, node, ["minimum", "alpha"])?;
            Pareto::new(minimum, alpha).ok().map(Distribution::Pareto)
        },
    },
    DistributionKind {
        name: "gamma",
        parameters: "{shape, scale}",
        schema: r##"{"type":"object","properties":{"shape":{"type":"number","exclusiveMinimum":0},"scale":{"type":"number","exclusiveMinimum":0}},"required":["shape","scale"],"additionalProperties":false}"##,
        read: |faults, node| {
            let [shape, scale] = positives(faults, node, ["shape", "scale"])?;
            Gamma::new(shape, scale).ok().map(Distribution::Gamma)
        },
    },
    DistributionKind {
        name: "beta",
        parameters: "{alpha, beta}: between 0 and 1",
        schema: r##"{"type":"object","properties":{"alpha":{"type":"number","exclusiveMinimum":0},"beta":{"type":"number","exclusiveMinimum":0}},"required":["alpha","beta"],"additionalProperties":false}"##,
        read: |faults, node| {
            let [alpha, beta] = positives(faults, node, ["alpha", "beta"])?;
            Beta::new(alpha, beta).ok().map(Distribution::Beta)
        },
    },
    DistributionKind {
        name: "poisson",
        parameters: "the mean, at most 1,000,000,000",
        schema: r##"{"type":"number","exclusiveMinimum":0,"maximum":1000000000}"##,
        read: |faults, node| {
            let expected = "a mean above 0 and at most 1,000,000,000";
            let mean = faults.number_that(node, expected, |mean| mean > 0.0 && mean <= 1e9)?;
            Poisson::new(mean).ok().map(Distribution::Poisson)
        },
    },
    DistributionKind {
        name: "zipf",
        parameters: "{n, s}: ranks 1 to n, rank k with a weight of 1 / k^s",
        schema: r##"{"type":"object","properties":{"n":{"type":"integer","minimum":1},"s":{"type":"number","minimum":0}},"required":["n","s"],"additionalProperties":false}"##,
        read: |faults, node| {
            let [n, s] = parameters(faults, node, ["n", "s"])?;
            let n = faults.integer(n, 1..=i64::MAX)?;
            let s = exponent(faults, s)?;
            Zipf::new(n as f64, s).ok().map(Distribution::Zipf)
        },
    },
    DistributionKind {
        name: "histogram",
        parameters: "[[from, to, weight], ...]: a bin by weight, then uniform within it",
        schema: r##"{"type":"array","items":{"type":"array","items":{"type":"number"},"minItems":3,"maxItems":3},"minItems":1}"##,
        read: |faults, node| {
            let expected = "bins, such as [[0, 10, 5], [10, 100, 1]]: from, to, weight";
            let mut bins = Vec::new();
            for bin in faults.list(node, expected)? {
                let parts = faults.list(bin, expected)?;
                let [from, to, weight] = parts else {
                    faults.unexpected(bin, expected);
                    return None;
                };
                let from = faults.number(from, expected)?;
                let to = faults.number_that(to, "a number above the first", |to| to > from)?;
                bins.push((from, to, weight_of(faults, weight)?));
            }
            let weights = weights(faults, node, bins.iter().map(|bin| bin.2))?;
            let bins = bins.iter().map(|&(from, to, _)| (from, to)).collect();
            Some(Distribution::Histogram { weights, bins })
        },
    },
    DistributionKind {
        name: "mixture",
        parameters: "[{weight, DISTRIBUTION}, ...]: one of several distributions, by weight",
        schema: r##"{"type":"array","items":{"type":"object","properties":{"weight":{"type":"number","minimum":0}},"required":["weight"]},"minItems":1}"##,
        read: |faults, node| {
            let expected = "distributions, such as [{weight: 9, normal: {mean: 5, sd: 1}}, {weight: 1, uniform: [0, 100]}]";
            let mut parts = Vec::new();
            for part in faults.list(node, expected)? {
                let entries = faults.map(part, expected)?;
                let Some(weight) = part.get("weight") else {
                    faults.missing(part, "weight", "a number, 0 or above");
                    return None;
                };
                let weight = weight_of(faults, weight)?;
                parts.push((
                    Distribution::read(faults, part, entries, &["weight"])?,
                    weight,
                ));
            }
            let weights = weights(faults, node, parts.iter().map(|part| part.1))?;
            let parts = parts.into_iter().map(|(part, _)| part).collect();
            Some(Distribution::Mixture { weights, parts })
        },
    },
];

/// The distribution of a number.
#[derive(Clone, Debug)]
pub(crate) enum Distribution {
    Uniform {
        low: f64,
        high: f64,
    },
    Normal(Normal<f64>),
    LogNormal(LogNormal<f64>),
    Exponential(Exp<f64>),
    Pareto(Pareto<f64>),
    Gamma(Gamma<f64>),
    Beta(Beta<f64>),
    Poisson(Poisson<f64>),
    Zipf(Zipf<f64>),
    Histogram {
        weights: AliasTable,
        bins: Box<[(f64, f64)]>,
    },
    Mixture {
        weights: AliasTable,
        parts: Box<[Self]>,
    },
}

impl Distribution {
    /// The single distribution among `entries`; `beside` lists the other keys that are allowed.
    pub(crate) fn read(
        faults: &mut Faults,
        node: &Node,
        entries: &[Entry],
        beside: &[&str],
    ) -> Option<Self> {
        let kind_of = |entry: &Entry| KINDS.iter().find(|kind| kind.name == entry.name);
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let allowed: Vec<&str> = names.iter().chain(beside).copied().collect();
        faults.only(entries, &allowed);
        let mut found = entries
            .iter()
            .filter_map(|entry| Some((entry, kind_of(entry)?)));
        let Some((entry, kind)) = found.next() else {
            let expected = emulator_domain::listed(&names);
            faults.at(
                node.place,
                format!("no distribution; expected one of {expected}"),
            );
            return None;
        };
        if let Some((second, _)) = found.next() {
            let (first, second, place) = (&entry.name, &second.name, second.place);
            faults.at(
                place,
                format!("both '{first}' and '{second}'; expected one distribution (or a mixture of them)"),
            );
            return None;
        }
        faults.within(kind.name, |faults| (kind.read)(faults, &entry.node))
    }

    /// A draw.
    #[inline]
    pub(crate) fn draw(&self, random: &mut Random) -> f64 {
        match self {
            Self::Uniform { low, high } => between(random, *low, *high),
            Self::Normal(normal) => normal.sample(random),
            Self::LogNormal(lognormal) => lognormal.sample(random),
            Self::Exponential(exponential) => exponential.sample(random),
            Self::Pareto(pareto) => pareto.sample(random),
            Self::Gamma(gamma) => gamma.sample(random),
            Self::Beta(beta) => beta.sample(random),
            Self::Poisson(poisson) => poisson.sample(random),
            Self::Zipf(zipf) => zipf.sample(random),
            Self::Histogram { weights, bins } => {
                let (from, to) = bins[weights.draw(random) as usize];
                between(random, from, to)
            }
            Self::Mixture { weights, parts } => parts[weights.draw(random) as usize].draw(random),
        }
    }
}

fn between(random: &mut Random, low: f64, high: f64) -> f64 {
    // In two steps, so that bounds far apart do not overflow.
    let unit = random.unit();
    low * (1.0 - unit) + high * unit
}

/// The exponent of a Zipf distribution.
pub(crate) fn exponent(faults: &mut Faults, node: &Node) -> Option<f64> {
    let expected = "an exponent from 0 to 100";
    faults.number_that(node, expected, |s| (0.0..=100.0).contains(&s))
}

/// A weight.
pub(crate) fn weight_of(faults: &mut Faults, node: &Node) -> Option<f64> {
    let expected = "a weight: a number, 0 or above";
    faults.number_that(node, expected, |weight| weight >= 0.0)
}

/// A table of weights, if it is possible to draw from them.
pub(crate) fn weights(
    faults: &mut Faults,
    node: &Node,
    weights: impl Iterator<Item = f64>,
) -> Option<AliasTable> {
    let weights: Vec<f64> = weights.collect();
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 && sum.is_finite() {
        return Some(AliasTable::new(&weights));
    }
    faults.at(
        node.place,
        "no weight is above 0 (or their sum is beyond all numbers)",
    );
    None
}

/// The parameters of these names: all are required, and others are refused.
fn parameters<'n, const N: usize>(
    faults: &mut Faults,
    node: &'n Node,
    names: [&str; N],
) -> Option<[&'n Node; N]> {
    let expected = format!("a map of {}", names.join(" and "));
    let entries = faults.map(node, &expected)?;
    faults.only(entries, &names);
    let found = names.map(|name| node.get(name));
    for (name, found) in names.iter().zip(&found) {
        if found.is_none() {
            faults.missing(node, name, "a number");
        }
    }
    let found: Vec<_> = found.into_iter().flatten().collect();
    found.try_into().ok()
}

/// The same, all of them numbers above 0.
fn positives<const N: usize>(
    faults: &mut Faults,
    node: &Node,
    names: [&str; N],
) -> Option<[f64; N]> {
    let read = parameters(faults, node, names)?.map(|value| faults.positive(value));
    let read: Vec<f64> = read.into_iter().collect::<Option<_>>()?;
    read.try_into().ok()
}
