//! The ids of the users.

use std::ops::RangeInclusive;

/// The range of user ids of a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserIds {
    first: u32,
    count: u32,
}

/// The range of user ids is not one of 1..=4,294,967,294, or has fewer than 50 ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "user ids {first} to {last} are not a range of at least {} ids within 1 to 4294967294",
    UserIds::FEWEST
)]
pub struct UserIdsError {
    first: u32,
    last: u32,
}

impl UserIds {
    /// As many as there are compromised users.
    pub const FEWEST: u32 = 50;
    /// The contract's ids, 1000..=9999.
    pub const CONTRACT: Self = Self {
        first: 1000,
        count: 9000,
    };

    /// Ids `first..=last`.
    ///
    /// # Errors
    /// If `first` is 0, `last` is `u32::MAX`, or there are fewer than [`UserIds::FEWEST`].
    pub const fn new(first: u32, last: u32) -> Result<Self, UserIdsError> {
        if first == 0 || last == u32::MAX || last < first || last - first + 1 < Self::FEWEST {
            return Err(UserIdsError { first, last });
        }
        Ok(Self {
            first,
            count: last - first + 1,
        })
    }

    /// The smallest id.
    pub const fn first(&self) -> u32 {
        self.first
    }

    /// The largest id.
    pub const fn last(&self) -> u32 {
        self.first + self.count - 1
    }

    /// How many ids there are.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Whether `id` is one of them.
    pub const fn contains(&self, id: u32) -> bool {
        id >= self.first && id <= self.last()
    }

    /// All ids as a range.
    pub const fn range(&self) -> RangeInclusive<u32> {
        self.first..=self.last()
    }
}
