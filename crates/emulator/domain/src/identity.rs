//! Ids that can be mapped back to the index of their record.

use uuid::Uuid;

use crate::Domain;
use crate::seed::{Purpose, Seed, below, mix};
use crate::user_ids::UserIds;

const LOW_BITS: u32 = 58;
const LOW_MASK: u64 = (1 << LOW_BITS) - 1;

/// Maps the index of a record to its UUID, and back.
///
/// The 122 free bits of an RFC 9562 version 4 UUID hold the 64-bit index and 58 random bits of the
/// record, mixed by two rounds of a keyed Feistel network. This is a bijection, so no two indices
/// share an id, whatever the random bits are. The random bits key the first round, so ids of
/// consecutive records show no order.
#[derive(Clone, Copy, Debug)]
pub struct RecordIds {
    high_key: u64,
    low_key: u64,
}

impl RecordIds {
    /// The ids of one domain of a seed.
    pub(crate) fn new(seed: Seed, domain: Domain) -> Self {
        let own = mix(domain.number());
        Self {
            high_key: seed.key(Purpose::IdHigh) ^ own,
            low_key: seed.key(Purpose::IdLow) ^ own,
        }
    }

    /// The ids of one field of a model; unrelated keys give unrelated ids.
    pub const fn with_keys(high_key: u64, low_key: u64) -> Self {
        Self { high_key, low_key }
    }

    /// The id of record `index`. Of `random`, 58 bits are used.
    #[inline(always)]
    pub fn id(&self, index: u64, random: u64) -> Uuid {
        let random = random & LOW_MASK;
        let high = index ^ mix(random ^ self.high_key);
        let low = random ^ (mix(high ^ self.low_key) & LOW_MASK);
        Uuid::from_u64_pair(
            (high >> 16) << 16 | 0x4000 | (high >> 4) & 0x0fff,
            0b10 << 62 | (high & 0xf) << LOW_BITS | low,
        )
    }

    /// The index that `id` would belong to if it were generated here. Any version 4 UUID gives some
    /// index, so generate the record again and compare. `None` for other UUIDs.
    pub fn index_of(&self, id: Uuid) -> Option<u64> {
        let (upper, lower) = id.as_u64_pair();
        if upper & 0xf000 != 0x4000 || lower >> 62 != 0b10 {
            return None;
        }
        let high = (upper >> 16) << 16 | (upper & 0x0fff) << 4 | (lower >> LOW_BITS) & 0xf;
        let random = (lower ^ mix(high ^ self.low_key)) & LOW_MASK;
        Some(high ^ mix(random ^ self.high_key))
    }
}

/// A keyed permutation of the user ids: maps the indices from 0 on to the ids, each exactly once,
/// and back.
///
/// Three rounds of a Feistel network on a rectangle of `rows` × `columns` cells that just holds the
/// range (Black and Rogaway's generalised Feistel cipher), with cycle walking in the rare case that
/// a value falls into the surplus cells.
#[derive(Clone, Copy, Debug)]
pub struct UserOrder {
    ids: UserIds,
    rows: u32,
    columns: u32,
    keys: [u32; 3],
}

impl UserOrder {
    pub(crate) fn new(seed: Seed, ids: UserIds) -> Self {
        let key = seed.key(Purpose::UserOrder);
        let rows = ids.count().isqrt() + 1;
        Self {
            ids,
            rows,
            columns: ids.count().div_ceil(rows),
            keys: std::array::from_fn(|round| mix(key.wrapping_add(round as u64)) as u32),
        }
    }

    /// The id at `index`; `None` if `index` is not below the number of ids.
    #[inline(always)]
    pub fn id(&self, index: u64) -> Option<u32> {
        if index >= u64::from(self.ids.count()) {
            return None;
        }
        let [first, second, third] = self.keys;
        let mut value = index as u32;
        loop {
            let (mut row, mut column) = (value / self.columns, value % self.columns);
            row = add(row, shift(column, first, self.rows), self.rows);
            column = add(column, shift(row, second, self.columns), self.columns);
            row = add(row, shift(column, third, self.rows), self.rows);
            value = row * self.columns + column;
            if value < self.ids.count() {
                return Some(self.ids.first() + value);
            }
        }
    }

    /// The index of `id`; `None` if it is not one of the ids.
    pub fn index_of(&self, id: u32) -> Option<u64> {
        if !self.ids.contains(id) {
            return None;
        }
        let [first, second, third] = self.keys;
        let mut value = id - self.ids.first();
        loop {
            let (mut row, mut column) = (value / self.columns, value % self.columns);
            row = subtract(row, shift(column, third, self.rows), self.rows);
            column = subtract(column, shift(row, second, self.columns), self.columns);
            row = subtract(row, shift(column, first, self.rows), self.rows);
            value = row * self.columns + column;
            if value < self.ids.count() {
                return Some(value.into());
            }
        }
    }
}

/// A keyed pseudo-random number below `bound` that depends on `value`.
#[inline(always)]
const fn shift(value: u32, key: u32, bound: u32) -> u32 {
    let spread = ((value ^ key) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (spread ^ spread >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    below((mixed >> 32) as u32, bound)
}

/// `(a + b) mod bound` for both below `bound`, which is far from overflow.
#[inline(always)]
const fn add(a: u32, b: u32, bound: u32) -> u32 {
    let sum = a + b;
    if sum >= bound { sum - bound } else { sum }
}

/// `(a − b) mod bound` for both below `bound`.
const fn subtract(a: u32, b: u32, bound: u32) -> u32 {
    if a >= b { a - b } else { a + bound - b }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_leads_back_to_its_index(seed: u64, index in 0..1u64 << 63, random: u64) {
            for domain in Domain::ALL {
                let ids = RecordIds::new(Seed::new(seed), domain);
                let id = ids.id(index, random);
                prop_assert_eq!(id.get_version_num(), 4);
                prop_assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
                prop_assert_eq!(ids.index_of(id), Some(index));
            }
        }

        #[test]
        fn the_user_order_is_a_permutation_with_an_inverse(
            seed: u64, first in 1..1_000_000u32, count in 50..3000u32,
        ) {
            let ids = UserIds::new(first, first + count - 1).unwrap();
            let order = UserOrder::new(Seed::new(seed), ids);
            let mut seen = HashSet::new();
            for index in 0..u64::from(count) {
                let id = order.id(index).unwrap();
                prop_assert!(ids.contains(id));
                prop_assert!(seen.insert(id));
                prop_assert_eq!(order.index_of(id), Some(index));
            }
            prop_assert_eq!(order.id(count.into()), None);
            prop_assert_eq!(order.index_of(first - 1), None);
            prop_assert_eq!(order.index_of(first + count), None);
        }
    }

    #[test]
    fn a_uuid_of_another_version_has_no_index() {
        let ids = RecordIds::new(Seed::new(7), Domain::Transaction);
        assert_eq!(ids.index_of(Uuid::nil()), None);
        assert_eq!(ids.index_of(Uuid::max()), None);
    }

    #[test]
    fn ids_in_order_show_no_order() {
        let ids = RecordIds::new(Seed::new(7), Domain::Transaction);
        let mut random = 1;
        let rising = (0..10_000u64)
            .map(|index| {
                random = mix(random);
                ids.id(index, random)
            })
            .collect::<Vec<_>>()
            .windows(2)
            .filter(|pair| pair[0] < pair[1])
            .count();
        assert!((4_800..5_200).contains(&rising), "{rising}");
    }

    #[test]
    fn users_come_in_no_visible_order() {
        for seed in 0..20 {
            let order = UserOrder::new(Seed::new(seed), UserIds::CONTRACT);
            let ids: Vec<_> = (0..9000).map(|index| order.id(index).unwrap()).collect();
            for step in [1, 2, 95, 1000] {
                let pairs = ids.iter().zip(&ids[step..]);
                let rising = pairs.filter(|(a, b)| a < b).count();
                let half = (9000 - step) / 2;
                assert!(
                    rising.abs_diff(half) < 300,
                    "seed {seed}, step {step}: {rising}"
                );
            }
        }
    }

    #[test]
    fn the_largest_range_of_users_is_held() {
        let ids = UserIds::new(1, u32::MAX - 1).unwrap();
        let order = UserOrder::new(Seed::new(3), ids);
        for index in [0, 1, u64::from(ids.count()) - 1] {
            assert_eq!(order.index_of(order.id(index).unwrap()), Some(index));
        }
        for (first, last) in [(0, 100), (5, 4), (1, 49), (1, u32::MAX)] {
            assert!(UserIds::new(first, last).is_err());
        }
    }
}
