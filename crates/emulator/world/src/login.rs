//! Generates a login from its index.
//!
//! Each thread has three logins: one in the interval before the fifth payment and one in that
//! before the ninth, each by the person who makes that payment; and one next to the last payment,
//! by the person who makes it. A takeover in the first interval of a thread is preceded by no
//! login: the attacker finds the owner logged in.

use crate::calendar::{LOGINS, ROWS};
use crate::declared::CITIES;
use crate::fraud;
use crate::moment::Moment;
use crate::people::Whereabouts;
use crate::world::World;

/// A login.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Login {
    pub(crate) time: i64,
    pub(crate) customer: u64,
    pub(crate) device: i64,
    pub(crate) address: [u8; 4],
    /// Where the address is.
    pub(crate) city: usize,
    pub(crate) succeeded: bool,
}

/// After how many hours a home gets another address, and how many more hours an address on the
/// phone's network lasts.
const LEASE: u64 = 50 * 24;
const PHONE: u64 = 5 * 24;
const ADDRESS: u64 = 1 << 37;

impl World<'_> {
    /// When the login with that index happens.
    pub(crate) fn login_time(&self, index: u64) -> i64 {
        let hour = self.calendar.hour_of_login(index);
        let random = self.keys.logins.at(index).word();
        self.calendar.login_time(hour, index, random)
    }

    /// The login with that index, in the hour of `moment`.
    pub(crate) fn login(&self, moment: &Moment, index: u64) -> Login {
        let hour = &moment.hour;
        let (number, column) = hour.login(index);
        let row = ((number + 1) * (ROWS / LOGINS)).min(ROWS - 1);
        let mut random = self.keys.logins.part(1).at(index);
        let payment = self.payment(moment, hour.payment(row, column));
        let stranger = payment
            .fraud
            .and_then(|(step, _)| fraud::login_device(self, &step));
        let person = payment.person;
        let (day, _) = self.calendar.local(person.city(), hour.number);
        let (device, key, city) = match (stranger, self.people.whereabouts(&person, day)) {
            (Some(device), _) => {
                let key = self.keys.logins.part(device as u64);
                let city = key.at(0).below(CITIES.len() as u64) as usize;
                (device, key.part(ADDRESS), city)
            }
            (None, Whereabouts::In(city)) if city != person.city() => {
                let stay = person.key.part(ADDRESS + 1).part(day as u64 / 7);
                (self.people.device(&person, 0, hour.number), stay, city)
            }
            (None, _) => {
                let which = u64::from(random.happens(0.3));
                // At home, or on the phone's network.
                let lease = (hour.number + person.key.get() % LEASE) / (LEASE + which * PHONE);
                let key = person.key.part(ADDRESS + 2 + which).part(lease);
                let device = self.people.device(&person, which, hour.number);
                (device, key, person.city())
            }
        };
        Login {
            time: self.login_time(index),
            customer: person.index.into(),
            device,
            address: address(key.get(), city),
            city,
            succeeded: random.happens(0.97),
        }
    }
}

/// An address in one of a city's networks, none of which is reserved for other purposes.
fn address(word: u64, city: usize) -> [u8; 4] {
    let [a, b, c, ..] = word.to_le_bytes();
    let network = 64 + (city as u8) + 32 * (a & 1);
    [network, b, c, 1 + (word >> 32) as u8 % 254]
}
