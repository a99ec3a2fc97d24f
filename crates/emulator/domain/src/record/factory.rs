//! From an index to its record.

use std::ops::Range;

use crate::seed::RandomWords;
use crate::time::Timestamp;
use crate::timeline::{EventTimes, Timeline};
use crate::{Domain, Record, Seed};

/// Makes the records of one domain, each from its index alone.
///
/// Implementors say how the random words of a record become its fields ([`Factory::compose`]);
/// access in order and at random follows from that.
pub trait Factory: Send + Sync + Sized {
    /// The domain whose records these are.
    const DOMAIN: Domain;

    /// The records, which borrow their longer texts from the factory's tables.
    type Record<'a>: Record
    where
        Self: 'a;

    /// The random words of a record: [`RecordRandom`](crate::RecordRandom) of one block, or of more
    /// for a record kind with more decisions.
    type Random: RandomWords;

    /// Where the words of the records come from.
    fn seed(&self) -> Seed;

    /// When the records happen.
    fn timeline(&self) -> &Timeline;

    /// How many records the domain has, whatever their times; `u64::MAX` if it has no end.
    fn population(&self) -> u64;

    /// Record `index`, which happens at `at`, from its own words.
    fn compose(&self, index: u64, at: Timestamp, random: &Self::Random) -> Self::Record<'_>;

    /// The index whose record would have the id that reads `id`. Any text that is an id gives some
    /// index, so make the record again and compare; `None` for texts that are none.
    fn index_of(&self, id: &[u8]) -> Option<u64>;

    /// How many records there are: the domain's end, or that of the calendar.
    fn capacity(&self) -> u64 {
        self.population().min(self.timeline().capacity())
    }

    /// Record `index`.
    ///
    /// # Errors
    /// If `index` is not below [`Factory::capacity`].
    fn record(&self, index: u64) -> Result<Self::Record<'_>, IndexError> {
        let mut records = self.records(index..index.saturating_add(1))?;
        Ok(records.next().expect("a range of one").1)
    }

    /// The records of a range of indices in order, each with its event time.
    ///
    /// # Errors
    /// If the range ends beyond [`Factory::capacity`].
    fn records(&self, range: Range<u64>) -> Result<Records<'_, Self>, IndexError> {
        let capacity = self.capacity();
        if range.end > capacity {
            let index = range.start.max(capacity);
            return Err(IndexError { index, capacity });
        }
        Ok(Records {
            factory: self,
            words: Self::Random::stream(self.seed(), Self::DOMAIN, &range),
            times: self.timeline().from(range.start),
            range,
        })
    }
}

/// The domain has no record with that index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no record {index}: the plan has {capacity} records, 0 to {}", capacity - 1)]
pub struct IndexError {
    /// What was asked for.
    pub index: u64,
    /// How many records there are.
    pub capacity: u64,
}

/// Records in order of their index; made by [`Factory::records`].
#[derive(Debug)]
pub struct Records<'f, F: Factory> {
    factory: &'f F,
    words: <F::Random as RandomWords>::Stream,
    times: EventTimes,
    range: Range<u64>,
}

impl<'f, F: Factory> Iterator for Records<'f, F> {
    type Item = (Timestamp, F::Record<'f>);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let index = self.range.next()?;
        let at = self.times.next();
        let random = F::Random::next(&mut self.words);
        Some((at, self.factory.compose(index, at, &random)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}
