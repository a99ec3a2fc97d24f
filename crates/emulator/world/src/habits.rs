//! Which merchants a person visits.

use std::hint::select_unpredictable;

use emulator_model::{AliasTable, Random};

use crate::declared::{CATEGORIES, EXPLORATION, FAVOURITES_EXPONENT, favourites};
use crate::people::{Person, STEPS, Whereabouts};
use crate::shops::{ONLINE, Shop, Shops};

/// Activity levels per sixteenth of people.
const CLASS: usize = STEPS / 16;

/// Ranks from here on are not favourites.
const STRANGERS: u64 = 1 << 34;
const FAVOURITES: u64 = 1 << 36;
/// The category of people who are travelling.
const DIGITAL: usize = 10;

/// Which merchants a person visits, by rank.
#[derive(Debug)]
pub(crate) struct Habits {
    categories: AliasTable,
    /// For each sixteenth of people, ordered by activity.
    ranks: Vec<AliasTable>,
}

impl Habits {
    pub(crate) fn new(activities: &[f64]) -> Self {
        let ranks = activities.chunks(CLASS).map(|class| {
            let mean = class.iter().sum::<f64>() / class.len() as f64;
            let weights =
                (1..=favourites(mean)).map(|rank| libm::pow(rank as f64, -FAVOURITES_EXPONENT));
            AliasTable::new(&weights.collect::<Vec<_>>())
        });
        Self {
            categories: AliasTable::new(&CATEGORIES.map(|category| category.weight)),
            ranks: ranks.collect(),
        }
    }

    /// The shop that a person at `place` visits.
    #[inline]
    pub(crate) fn choose(
        &self,
        shops: &Shops,
        person: &Person,
        place: Whereabouts,
        clock: usize,
        random: &mut Random,
    ) -> Shop {
        let ranks = &self.ranks[person.step() / CLASS];
        let mut tries = 0;
        loop {
            let rank = if random.happens(EXPLORATION) {
                STRANGERS + (random.word() >> 32)
            } else {
                u64::from(ranks.draw(random))
            };
            let shop = self.favourite(shops, person, place, rank);
            let open = CATEGORIES[shop.category].open[daypart(clock)];
            tries += 1;
            let in_any_case = (shop.place == ONLINE) | (tries == 4);
            if in_any_case | random.happens_if(!in_any_case, open) {
                return shop;
            }
        }
    }

    /// The shop of a rank for a person at `place`.
    #[inline]
    pub(crate) fn favourite(
        &self,
        shops: &Shops,
        person: &Person,
        place: Whereabouts,
        rank: u64,
    ) -> Shop {
        let (category, online, mut random) = self.taste(person, rank);
        let unit = random.unit();
        match place {
            // Most payments are one of these two cases, and a branch between them would be
            // mispredicted.
            _ if online | (place == Whereabouts::In(person.city())) => {
                let place = select_unpredictable(online, ONLINE, person.city());
                shops.pick(place, category, unit)
            }
            // In another city there are other shops.
            Whereabouts::In(city) => shops.pick(city, category, random.unit()),
            Whereabouts::Travelling => shops.pick(ONLINE, DIGITAL, unit),
        }
    }

    /// The category and whether it is online for a rank, and the random words for the rest.
    #[inline]
    fn taste(&self, person: &Person, rank: u64) -> (usize, bool, Random) {
        let mut random = person.key.at(FAVOURITES + rank);
        let category = self.categories.draw(&mut random) as usize;
        let online = random.happens(CATEGORIES[category].online);
        (category, online, random)
    }

    /// Whether a shop in a person's home city is among that person's favourites up to a rank.
    pub(crate) fn goes_to(&self, shops: &Shops, person: &Person, shop: &Shop, ranks: u64) -> bool {
        (0..ranks).any(|rank| {
            let (category, online, mut random) = self.taste(person, rank);
            let may_be = category == shop.category && !online;
            may_be && shops.pick(shop.place, category, random.unit()) == *shop
        })
    }
}

const fn daypart(clock: usize) -> usize {
    match clock {
        ..6 => 0,
        6..11 => 1,
        11..17 => 2,
        _ => 3,
    }
}
