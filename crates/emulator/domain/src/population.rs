//! The users that all domains of a seed share.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::money::Spending;
use crate::seed::{Purpose, Seed, below, mix};
use crate::text::Text;
use crate::user_ids::UserIds;
use crate::vocabulary::devices::{MODELS, Model};
use crate::vocabulary::places::{COUNTRY_OF_SHARE, Country, PLACES};

/// The users of a seed: user `u` has the same home country, spending level and devices in every
/// domain.
///
/// A user is a keyed hash of the id, not a table entry: nothing is precomputed, and a population of
/// billions needs no memory.
#[derive(Clone, Debug)]
pub struct Population {
    ids: UserIds,
    user_key: u64,
    device_key: u64,
    compromised: Compromised,
}

impl Population {
    /// The users of `seed` with the given ids.
    pub fn new(seed: Seed, ids: UserIds) -> Self {
        Self {
            ids,
            user_key: seed.key(Purpose::Population),
            device_key: seed.key(Purpose::Devices),
            compromised: Compromised::new(seed, ids),
        }
    }

    /// The range of ids.
    pub const fn ids(&self) -> UserIds {
        self.ids
    }

    /// The attributes of one user. Ids outside the range give a user too, but no record refers to
    /// it.
    #[inline(always)]
    pub fn user(&self, id: u32) -> User {
        let facts = mix(self.user_key.wrapping_add(u64::from(id)));
        User {
            id,
            country: COUNTRY_OF_SHARE[(facts & 0xff) as usize],
            spending: Spending::from_draw((facts >> 8) as u8),
            devices: 1 + below((facts >> 32) as u32, User::MOST_DEVICES) as u8,
        }
    }

    /// The user's device number `slot`, modulo how many devices the user has.
    #[inline(always)]
    pub fn device(&self, user: &User, slot: u32) -> Device {
        let slot = below(slot, user.devices.into());
        let high = mix(self
            .device_key
            .wrapping_add(u64::from(user.id) << 2 | u64::from(slot)));
        let low = mix(high ^ self.user_key);
        Device {
            id: uuid::Builder::from_u128(u128::from(high) << 64 | u128::from(low))
                .with_version(uuid::Version::Random)
                .with_variant(uuid::Variant::RFC4122)
                .into_uuid(),
            model: &MODELS[(low % MODELS.len() as u64) as usize],
        }
    }

    /// Whether the account of user `id` is one of the 50 compromised ones.
    #[inline(always)]
    pub fn is_compromised(&self, id: u32) -> bool {
        self.compromised.contains(id)
    }

    /// The 50 compromised users, in ascending order.
    pub fn compromised(&self) -> &[u32] {
        &self.compromised.ids
    }
}

/// One user of a [`Population`].
#[derive(Clone, Copy, Debug)]
pub struct User {
    id: u32,
    country: u8,
    spending: Spending,
    devices: u8,
}

impl User {
    /// The largest number of devices of a user.
    pub const MOST_DEVICES: u32 = 3;

    /// The id.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Home country, ISO 3166-1 alpha-2.
    pub fn country(&self) -> Text<2> {
        self.place().code
    }

    /// The spending level.
    pub const fn spending(&self) -> Spending {
        self.spending
    }

    /// How many devices the user has, 1..=3.
    pub const fn devices(&self) -> u8 {
        self.devices
    }

    #[inline(always)]
    pub(crate) fn place(&self) -> &'static Country {
        &PLACES[usize::from(self.country)]
    }

    /// The home country, except for one in `one_in` of the values of `word`, which give a country
    /// drawn by population.
    #[inline(always)]
    pub(crate) fn whereabouts(&self, word: u32, one_in: u32) -> Text<2> {
        let away = below(word, one_in) == 0;
        let elsewhere = COUNTRY_OF_SHARE[(word & 0xff) as usize];
        PLACES[usize::from(if away { elsewhere } else { self.country })].code
    }
}

/// One device of a user.
#[derive(Clone, Copy)]
pub struct Device {
    id: Uuid,
    model: &'static Model,
}

impl Device {
    /// The device's id.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    pub(crate) const fn model(&self) -> &'static Model {
        self.model
    }
}

/// Fifty ids, behind a filter that rejects almost every other id.
#[derive(Clone, Debug)]
struct Compromised {
    ids: Box<[u32]>,
    filter: [u64; 64],
}

impl Compromised {
    fn new(seed: Seed, users: UserIds) -> Self {
        let key = seed.key(Purpose::Compromised);
        let mut ids = BTreeSet::new();
        let mut draw = 0u64;
        while ids.len() < UserIds::FEWEST as usize {
            ids.insert(
                users.first() + below((mix(key.wrapping_add(draw)) >> 32) as u32, users.count()),
            );
            draw += 1;
        }
        let mut filter = [0; 64];
        for id in &ids {
            filter[(id >> 6 & 63) as usize] |= 1 << (id & 63);
        }
        Self {
            ids: ids.into_iter().collect(),
            filter,
        }
    }

    #[inline(always)]
    fn contains(&self, id: u32) -> bool {
        self.filter[(id >> 6 & 63) as usize] >> (id & 63) & 1 == 1
            && self.ids.binary_search(&id).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn population() -> Population {
        Population::new(Seed::new(7), UserIds::CONTRACT)
    }

    #[test]
    fn fifty_users_are_compromised_and_the_filter_hides_none() {
        let population = population();
        let found: Vec<_> = UserIds::CONTRACT
            .range()
            .filter(|&id| population.is_compromised(id))
            .collect();
        assert_eq!(found, population.compromised());
        assert_eq!(found.len(), 50);
        let few = Population::new(Seed::new(1), UserIds::new(10, 59).unwrap());
        assert_eq!(few.compromised().len(), 50);
    }

    #[test]
    fn countries_and_spending_have_their_shares() {
        let population = population();
        let mut countries = HashMap::<String, u32>::new();
        let mut business = 0;
        for id in UserIds::CONTRACT.range() {
            let user = population.user(id);
            *countries.entry(user.country().to_string()).or_default() += 1;
            business += u32::from(user.spending() == Spending::Business);
        }
        // Three and a half standard deviations of 9,000 draws.
        assert!((1_406.0_f64 - f64::from(countries["US"])).abs() < 120.0);
        assert!((281.0_f64 - f64::from(business)).abs() < 58.0);
        assert_eq!(countries.len(), PLACES.len());
    }

    #[test]
    fn a_user_keeps_their_devices() {
        let population = population();
        let user = population.user(4242);
        let ids: std::collections::BTreeSet<_> = (0..=255)
            .map(|slot| population.device(&user, slot << 24).id())
            .collect();
        assert_eq!(ids.len(), usize::from(user.devices()));
    }
}
