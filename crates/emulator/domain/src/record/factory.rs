//! Generates a record from its index.

use std::ops::Range;

use crate::seed::RandomWords;
use crate::time::Timestamp;
use crate::timeline::{EventTimes, Timeline};
use crate::{Domain, Record, Seed};

/// Generates the records of one domain, each from its index alone.
///
/// An implementation defines how the random words of a record become its fields
/// ([`Factory::compose`]); sequential and random access follow from that.
pub trait Factory: Send + Sync + Sized {
    /// The domain.
    const DOMAIN: Domain;

    /// The records, which borrow their longer texts from the factory's tables.
    type Record<'a>: Record
    where
        Self: 'a;

    /// The random words of a record: [`RecordRandom`](crate::RecordRandom) with one block, or more
    /// for a record kind with more decisions.
    type Random: RandomWords;

    /// The seed of the words.
    fn seed(&self) -> Seed;

    /// The event times of the records.
    fn timeline(&self) -> &Timeline;

    /// How many records the domain has, regardless of their times; `u64::MAX` if there is no limit.
    fn population(&self) -> u64;

    /// Record `index`, which happens at `at`, from its own words.
    fn compose(&self, index: u64, at: Timestamp, random: &Self::Random) -> Self::Record<'_>;

    /// The index whose record would have the id with the text `id`. Any valid id gives some index,
    /// so generate the record again and compare; `None` for texts that are no id.
    fn index_of(&self, id: &[u8]) -> Option<u64>;

    /// How many records there are: the end of the domain or of the calendar.
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
    /// The requested index.
    pub index: u64,
    /// How many records there are.
    pub capacity: u64,
}

/// Records in index order; created by [`Factory::records`].
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::user_profile::UserProfileFactory;
    use crate::{Rate, Timeline, UserIds};

    #[test]
    fn records_say_how_many_are_left() {
        let timeline = Timeline::new(Timestamp::EARLIEST, Rate::per_second(1.0).unwrap());
        let factory = UserProfileFactory::new(Seed::new(7), UserIds::CONTRACT, timeline);
        let mut records = factory.records(3..10).unwrap();
        assert_eq!(records.size_hint(), (7, Some(7)));
        assert!(records.next().is_some());
        assert_eq!(records.count(), 6);
        let beyond = factory.records(8990..9001).err();
        let (index, capacity) = (9000, 9000);
        assert_eq!(beyond, Some(IndexError { index, capacity }));
    }
}
