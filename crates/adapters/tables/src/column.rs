//! Statistics of one column in bounded memory.

use std::borrow::Cow;

use datasketches::frequencies::{ErrorType, FrequentItemsSketch};
use datasketches::hll::{HllSketch, HllType};
use datasketches::tdigest::{TDigest, TDigestMut};
use serde::Serialize;

use crate::Cell;
use crate::kind::Kind;
use crate::number::Number;

/// HyperLogLog precision: 2^14 registers count distinct values with a standard error of 0.8 %.
const DISTINCT_REGISTERS: u8 = 14;
/// Centroids of the quantile digest; quantiles near the ends are the most exact.
const QUANTILE_CENTROIDS: u16 = 200;
/// How many values have their frequency tracked at once; the error is at most 0.35 % of the rows.
const FREQUENT: usize = 1024;
/// How many of the most frequent values are reported.
const SHOWN: usize = 10;
/// How many extreme values are kept as possible outliers, on each side.
const EXTREMES: usize = 5;
/// How many characters of a value are kept.
const VALUE: usize = 100;

/// The reported quantiles, by name.
const QUANTILES: [(&str, f64); 7] = [
    ("0.01", 0.01),
    ("0.05", 0.05),
    ("0.25", 0.25),
    ("0.5", 0.5),
    ("0.75", 0.75),
    ("0.95", 0.95),
    ("0.99", 0.99),
];

/// The statistics of one column so far.
pub(crate) struct Column {
    counts: [u64; Kind::ALL.len()],
    kind: Option<Kind>,
    distinct: HllSketch,
    frequent: FrequentItemsSketch<String>,
    numbers: Option<Numbers>,
    lengths: Option<(usize, usize)>,
}

/// At least one number, once it is in use.
struct Numbers {
    count: u64,
    mean: f64,
    squares: f64,
    digest: TDigestMut,
    lowest: Vec<Extreme>,
    highest: Vec<Extreme>,
}

/// A value and its row number.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Extreme {
    row: u64,
    value: Number,
}

impl Column {
    pub(crate) fn new() -> Self {
        let fits = "the parameters are allowed";
        Self {
            counts: [0; Kind::ALL.len()],
            kind: None,
            distinct: HllSketch::new(DISTINCT_REGISTERS, HllType::Hll8).expect(fits),
            frequent: FrequentItemsSketch::new(FREQUENT).expect(fits),
            numbers: None,
            lengths: None,
        }
    }

    pub(crate) fn add(&mut self, row: u64, cell: Cell<'_>) {
        let (Some((kind, number)), Some(text)) = (Kind::of(cell), cell.text()) else {
            return;
        };
        self.counts[kind as usize] += 1;
        self.kind = Some(self.kind.map_or(kind, |known| known.with(kind)));
        self.distinct.update(text);
        self.frequent.update_ref(&*shortened(text));
        if let Some(value) = number {
            let numbers = self.numbers.get_or_insert_with(Numbers::new);
            numbers.add(Extreme { row, value });
        }
        if kind == Kind::Text {
            let length = text.chars().count();
            let (shortest, longest) = self.lengths.unwrap_or((length, length));
            self.lengths = Some((shortest.min(length), longest.max(length)));
        }
    }

    pub(crate) fn profile(self, name: &str, rows: u64) -> ColumnProfile {
        let filled: u64 = self.counts.iter().sum();
        let counts = Kind::ALL.into_iter().zip(self.counts);
        let mut top: Vec<_> = self
            .frequent
            .frequent_items(ErrorType::NoFalsePositives)
            .into_iter()
            .map(|row| Frequent {
                count: row.lower_bound(),
                value: row.item().clone(),
            })
            .collect();
        top.sort_by(|one, other| {
            let by_count = other.count.cmp(&one.count);
            by_count.then_with(|| one.value.cmp(&other.value))
        });
        top.truncate(SHOWN);
        let numeric = matches!(self.kind, Some(Kind::Integer | Kind::Decimal));
        ColumnProfile {
            name: name.to_owned(),
            kind: self.kind.map_or("empty", Kind::name),
            kinds: counts
                .filter(|(_, count)| *count > 0)
                .map(|(kind, count)| (kind.name(), count))
                .collect(),
            nulls: rows - filled,
            // An estimate may slightly exceed the maximum possible.
            distinct: (self.distinct.estimate().round() as u64).min(filled),
            top,
            top_error: self.frequent.maximum_error(),
            lengths: self
                .lengths
                .map(|(shortest, longest)| Lengths { shortest, longest }),
            numbers: self.numbers.filter(|_| numeric).map(Numbers::profile),
        }
    }
}

/// A value, truncated to what is kept.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(VALUE) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{} ...", &text[..end])),
    }
}

impl Numbers {
    fn new() -> Self {
        Self {
            count: 0,
            mean: 0.0,
            squares: 0.0,
            digest: TDigestMut::new(QUANTILE_CENTROIDS).expect("the number is allowed"),
            lowest: Vec::new(),
            highest: Vec::new(),
        }
    }

    fn add(&mut self, one: Extreme) {
        // Welford's algorithm, which stays exact for large numbers that are close together.
        self.count += 1;
        let float = one.value.float;
        let delta = float - self.mean;
        self.mean += delta / self.count as f64;
        self.squares += delta * (float - self.mean);
        self.digest.update(float);
        keep(&mut self.lowest, one, |new, old| new < old);
        keep(&mut self.highest, one, |new, old| new > old);
    }

    fn profile(self) -> NumbersProfile {
        let digest = self.digest.freeze();
        let at = |rank| digest.quantile(rank).ok().flatten().unwrap_or(f64::NAN);
        let (first, third) = (at(0.25), at(0.75));
        let reach = 1.5 * (third - first);
        let (low, high) = (first - reach, third + reach);
        let below = |value: f64| digest.rank(value).ok().flatten().unwrap_or(0.0);
        let count = |share: f64| (share * self.count as f64).round() as u64;
        let outside = |extremes: &[Extreme], is_outside: &dyn Fn(f64) -> bool| {
            let outside = extremes.iter().filter(|one| is_outside(one.value.float));
            outside.copied().collect::<Vec<_>>()
        };
        let lowest = outside(&self.lowest, &|value| value < low);
        let highest = outside(&self.highest, &|value| value > high);
        // If there are few, the count is exact; otherwise it is estimated.
        let number = |extremes: &[Extreme], estimated: u64| match extremes.len() {
            found if found < EXTREMES => found as u64,
            found => estimated.max(found as u64),
        };
        NumbersProfile {
            min: self.lowest[0].value,
            max: self.highest[0].value,
            mean: self.mean,
            standard_deviation: match self.count {
                0 | 1 => 0.0,
                count => (self.squares / (count - 1) as f64).sqrt(),
            },
            quantiles: QUANTILES
                .iter()
                .map(|(name, rank)| (*name, at(*rank)))
                .collect(),
            outliers: Outliers {
                below: low,
                above: high,
                count: number(&lowest, count(below(low)))
                    + number(&highest, count(1.0 - below(high))),
                lowest,
                highest,
            },
            digest,
        }
    }
}

/// Keeps the most extreme values in order; among equal ones, those that came first.
fn keep(extremes: &mut Vec<Extreme>, one: Extreme, beyond: impl Fn(Number, Number) -> bool) {
    let position = extremes
        .iter()
        .position(|other| beyond(one.value, other.value));
    let position = position.unwrap_or(extremes.len());
    if position < EXTREMES {
        extremes.insert(position, one);
        extremes.truncate(EXTREMES);
    }
}

/// The profile of a table.
#[derive(Serialize)]
pub(crate) struct TableProfile {
    pub(crate) rows: u64,
    pub(crate) columns: Vec<ColumnProfile>,
}

/// The profile of a column.
#[derive(Serialize)]
pub(crate) struct ColumnProfile {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// How many values have each kind.
    #[serde(rename = "types", serialize_with = "as_map")]
    pub(crate) kinds: Vec<(&'static str, u64)>,
    pub(crate) nulls: u64,
    /// Estimated with a standard error of 0.8 %; small numbers are exact.
    pub(crate) distinct: u64,
    /// The most frequent values, with lower bounds of their counts.
    pub(crate) top: Vec<Frequent>,
    /// The maximum error of the counts in `top`.
    pub(crate) top_error: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lengths: Option<Lengths>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) numbers: Option<NumbersProfile>,
}

/// A value and its frequency.
#[derive(Serialize)]
pub(crate) struct Frequent {
    pub(crate) value: String,
    pub(crate) count: u64,
}

/// The lengths of texts, in characters.
#[derive(Serialize)]
pub(crate) struct Lengths {
    pub(crate) shortest: usize,
    pub(crate) longest: usize,
}

/// The profile of a numeric column. It has at least one number.
#[derive(Serialize)]
pub(crate) struct NumbersProfile {
    pub(crate) min: Number,
    pub(crate) max: Number,
    pub(crate) mean: f64,
    pub(crate) standard_deviation: f64,
    #[serde(serialize_with = "as_map")]
    pub(crate) quantiles: Vec<(&'static str, f64)>,
    pub(crate) outliers: Outliers,
    #[serde(skip)]
    pub(crate) digest: TDigest,
}

/// Values farther from the interquartile range than 1.5 times its width.
#[derive(Serialize)]
pub(crate) struct Outliers {
    /// Values below this are outliers,
    pub(crate) below: f64,
    /// and so are values above this.
    pub(crate) above: f64,
    pub(crate) count: u64,
    /// The lowest and highest outliers, with their rows.
    pub(crate) lowest: Vec<Extreme>,
    pub(crate) highest: Vec<Extreme>,
}

fn as_map<T: Serialize, S: serde::Serializer>(
    pairs: &[(&'static str, T)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}
