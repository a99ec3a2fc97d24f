//! Shops, by place and category, each computed from a number.

use emulator_model::{Key, Permutation};

use crate::declared::{CATEGORIES, CITIES};
use crate::exponential::whole;

/// The place of online shops.
pub(crate) const ONLINE: usize = CITIES.len();
const PLACES: usize = CITIES.len() + 1;
/// The numbers of terminals of four consecutive shops.
const TERMINALS: [u64; 4] = [1, 2, 1, 3];

/// All shops.
#[derive(Debug)]
pub(crate) struct Shops {
    /// The first slot of each place and category.
    firsts: Vec<u32>,
    /// The logarithm of one plus their number.
    logarithms: Vec<f64>,
    order: Permutation,
    order_key: Key,
    /// The number of the shop at each slot.
    numbers: Vec<u32>,
}

/// A shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shop {
    pub(crate) number: u32,
    pub(crate) place: usize,
    pub(crate) category: usize,
    /// The rank within its place and category; 0 is the largest.
    pub(crate) rank: u32,
}

impl Shops {
    pub(crate) fn new(count: u64, key: Key) -> Self {
        let cities: f64 = CITIES.iter().map(|city| city.weight).sum();
        let weights: Vec<f64> = (0..PLACES)
            .flat_map(|place| {
                CATEGORIES.iter().map(move |category| match place {
                    // Fewer shops are needed online.
                    ONLINE => category.weight * category.online / 2.0,
                    city => {
                        category.weight * (1.0 - category.online) * CITIES[city].weight / cities
                    }
                })
            })
            .collect();
        let total: f64 = weights.iter().sum();
        let blocks = weights.iter().filter(|weight| **weight > 0.0).count() as u64;
        let spare = (count - blocks) as f64;
        let (mut firsts, mut sum, mut kinds) = (vec![0], 0.0, 0);
        for weight in &weights {
            sum += weight;
            kinds += u32::from(*weight > 0.0);
            firsts.push(kinds + (sum / total * spare).round() as u32);
        }
        let logarithms = firsts
            .windows(2)
            .map(|pair| libm::log1p(f64::from(pair[1] - pair[0])));
        let order = Permutation::new(count);
        Self {
            logarithms: logarithms.collect(),
            firsts,
            numbers: (0..count)
                .map(|slot| order.forward(key, slot) as u32)
                .collect(),
            order,
            order_key: key,
        }
    }

    pub(crate) const fn count(&self) -> u64 {
        self.order.size()
    }

    /// A shop of a place and category, selected by a number in 0..1. The shop of rank r (from 0)
    /// covers `ln(1 + 1 / (1 + r)) / ln(1 + n)` of that range, which is Zipf's law with an exponent
    /// of 1.
    #[inline]
    pub(crate) fn pick(&self, place: usize, category: usize, unit: f64) -> Shop {
        let block = place * CATEGORIES.len() + category;
        let (first, end) = (self.firsts[block], self.firsts[block + 1]);
        let rank = whole(unit * self.logarithms[block], |one_more| one_more - 1.0) as u32;
        let rank = rank.min((end - first).saturating_sub(1));
        Shop {
            number: self.numbers[(first + rank) as usize],
            place,
            category,
            rank,
        }
    }

    /// The shop with that number, which is below [`count`](Self::count).
    pub(crate) fn shop(&self, number: u64) -> Shop {
        let slot = self.order.backward(self.order_key, number).unwrap_or(0) as u32;
        let block = self.firsts.partition_point(|first| *first <= slot) - 1;
        Shop {
            number: number as u32,
            place: block / CATEGORIES.len(),
            category: block % CATEGORIES.len(),
            rank: slot - self.firsts[block],
        }
    }
}

impl Shop {
    /// The country of the shop, as the number of a city in it; online shops are based somewhere
    /// too.
    #[inline]
    pub(crate) const fn country(&self) -> u32 {
        match self.place {
            ONLINE => self.number % CITIES.len() as u32,
            city => city as u32,
        }
    }
}

/// The number of the first terminal of a shop, and the number of terminals.
#[inline]
pub(crate) const fn terminals(shop: u64) -> (u64, u64) {
    const BEFORE: [u64; 4] = [0, 1, 3, 4];
    let within = (shop % 4) as usize;
    (shop / 4 * 7 + BEFORE[within], TERMINALS[within])
}

/// The shop of a terminal.
pub(crate) const fn owner(terminal: u64) -> u64 {
    const WHOSE: [u64; 7] = [0, 1, 1, 2, 3, 3, 3];
    terminal / 7 * 4 + WHOSE[(terminal % 7) as usize]
}

#[cfg(test)]
mod tests {
    use emulator_domain::Seed;
    use emulator_model::Name;

    use super::*;

    #[test]
    fn every_shop_has_one_place_and_its_terminals() {
        let shops = Shops::new(2_000, Key::new(Seed::new(3), Name::new("shops")));
        let mut next = 0;
        for number in 0..2_000 {
            let shop = shops.shop(number);
            let logarithm = shops.logarithms[shop.place * CATEGORIES.len() + shop.category];
            let unit = libm::log1p(f64::from(shop.rank) + 0.5) / logarithm;
            assert_eq!(shops.pick(shop.place, shop.category, unit), shop);
            let (first, count) = terminals(number);
            assert_eq!(first, next);
            assert!((first..first + count).all(|terminal| owner(terminal) == number));
            next = first + count;
        }
    }
}
