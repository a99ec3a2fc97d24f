//! Columns of words that all blocks share.

use std::sync::{Arc, LazyLock};

use emulator_domain::record::{Cells, Column, Presence, Word};

use crate::campaigns::PATTERNS;
use crate::chargeback::REASONS;
use crate::declared::{CATEGORIES, CITIES};
use crate::purchase::CHANNELS;

/// A list of words.
pub(super) type Words = Arc<[Word]>;

fn words<'w>(words: impl Iterator<Item = &'w str>) -> Words {
    words.map(Word::from).collect()
}

pub(super) static CATEGORY: LazyLock<Words> =
    LazyLock::new(|| words(CATEGORIES.iter().map(|category| category.name)));
/// The country of each city.
pub(super) static COUNTRY: LazyLock<Words> =
    LazyLock::new(|| words(CITIES.iter().map(|city| city.country)));
pub(super) static CITY: LazyLock<Words> =
    LazyLock::new(|| words(CITIES.iter().map(|city| city.name)));
pub(super) static CHANNEL: LazyLock<Words> = LazyLock::new(|| words(CHANNELS.into_iter()));
pub(super) static PATTERN: LazyLock<Words> =
    LazyLock::new(|| words(PATTERNS.iter().map(|pattern| pattern.name)));
pub(super) static REASON: LazyLock<Words> = LazyLock::new(|| words(REASONS.into_iter()));

/// The words in the form for a schema.
pub(super) fn symbols(words: &Words) -> Arc<[Box<str>]> {
    words.iter().map(|word| Box::from(&**word)).collect()
}

/// The distinct words, for a schema.
pub(super) fn distinct(words: &Words) -> Arc<[Box<str>]> {
    let mut all = symbols(words).to_vec();
    all.sort();
    all.dedup();
    all.into()
}

pub(super) fn of_words(positions: Vec<u32>, words: &Words) -> Column {
    Column::new(word_cells(positions, words))
}

pub(super) fn word_cells(positions: Vec<u32>, words: &Words) -> Cells {
    Cells::Word {
        positions,
        words: words.clone(),
    }
}

pub(super) fn longs(values: impl Iterator<Item = i64>) -> Column {
    Column::new(Cells::Long(values.collect()))
}

/// A column in which some values are absent.
pub(super) fn optional<T: Copy>(
    values: &[Option<T>],
    cells: impl FnOnce(Vec<T>) -> Cells,
    instead: T,
) -> Column {
    let presence = values.iter().map(|value| presence(*value)).collect();
    let values = values.iter().map(|value| value.unwrap_or(instead));
    Column::with_presence(cells(values.collect()), presence)
}

#[inline]
pub(super) const fn presence<T: Copy>(value: Option<T>) -> Presence {
    match value {
        Some(_) => Presence::Present,
        None => Presence::Null,
    }
}
