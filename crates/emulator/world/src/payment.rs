//! A payment, from its index.

use emulator_model::{AliasTable, Key, Random};

use crate::amount;
use crate::calendar::Hour;
use crate::campaigns::{Epoch, Step};
use crate::chargeback;
use crate::declared::{CATEGORIES, EXPLORATION, FAVOURITES_EXPONENT, favourites};
use crate::fraud;
use crate::people::{MICROS_PER_HOUR, Person, Whereabouts, cards};
use crate::shops::{ONLINE, Shop, terminals};
use crate::world::World;

/// How somebody pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Channel {
    Chip,
    Contactless,
    Online,
}

/// All channels, as records name them.
pub(crate) const CHANNELS: [&str; 3] = ["chip", "contactless", "online"];

/// A payment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payment {
    /// Microseconds from the beginning of the world.
    pub(crate) time: i64,
    pub(crate) person: Person,
    pub(crate) card: u64,
    pub(crate) shop: Shop,
    pub(crate) terminal: u64,
    pub(crate) channel: Channel,
    pub(crate) device: Option<i64>,
    pub(crate) cents: i64,
    /// The step that it is part of, and which payment of it.
    pub(crate) fraud: Option<(Step, u64)>,
}

/// Which merchants somebody goes to, by rank.
#[derive(Debug)]
pub(crate) struct Habits {
    categories: AliasTable,
    /// For each sixteenth of people by activity.
    ranks: Vec<AliasTable>,
}

const CLASSES: usize = 16;

impl Habits {
    pub(crate) fn new(activities: &[f64]) -> Self {
        let ranks = activities.chunks(activities.len() / CLASSES).map(|class| {
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
}

/// What a payment shares with those of its hour.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) hour: Hour,
    pub(crate) epoch: Epoch,
}

/// Where a payment stands.
struct Seat {
    /// Who pays, unless it is fraud.
    session: Key,
    fraud: Option<(Step, u64)>,
}

impl World<'_> {
    /// An hour with its epoch.
    pub(crate) fn moment(&self, hour: u64) -> Moment {
        Moment {
            hour: self.calendar.hour(self.people, self.keys.rows, hour),
            epoch: self.campaigns.epoch_of(hour),
        }
    }

    /// The payment of that index, which is in the hour of `moment`.
    #[inline]
    pub(crate) fn payment(&self, moment: &Moment, index: u64) -> Payment {
        let random = self.keys.payments.at(index);
        let seat = self.seat(&moment.hour, &moment.epoch, index);
        let time = self.payment_time(moment.hour.number, index);
        match seat.fraud {
            None => {
                let person = self.payer(&moment.hour, seat.session);
                self.honest(&moment.hour, time, person, random)
            }
            Some((step, number)) => fraud::payment(self, &moment.hour, time, step, number, random),
        }
    }

    /// When the payment of that index, which is in that hour, is made.
    #[inline]
    pub(crate) fn payment_time(&self, hour: u64, index: u64) -> i64 {
        let random = self.keys.times.at(index).word();
        self.calendar.time(hour, index, random)
    }

    /// Who made the payment of that index, as far as that is no fraud.
    #[inline]
    fn seat(&self, hour: &Hour, epoch: &Epoch, index: u64) -> Seat {
        let (row, column) = hour.cell(index);
        let thread = hour.first_thread + column;
        let step = self.campaigns.step_at(epoch, thread);
        let key = self.keys.threads.part(thread);
        let mut fraud = None;
        // A bit for each row in which somebody else begins.
        let mut begins = key.get() | 1;
        if let Some(step) = step {
            let (first, end) = step.rows;
            if (first..end).contains(&row) {
                fraud = Some((step, row - first));
            }
            begins |= 1 << first | 1 << end;
        }
        let until_now = begins & ((2 << row) - 1);
        Seat {
            session: key.part(u64::from(until_now.ilog2())),
            fraud,
        }
    }

    /// Whether the customer disputes a payment.
    pub(crate) fn is_disputed(&self, moment: &Moment, index: u64, payment: &Payment) -> bool {
        if let Some((step, number)) = &payment.fraud {
            return chargeback::is_disputed(step, *number);
        }
        let (row, column) = moment.hour.cell(index);
        let thread = moment.hour.first_thread + column;
        let step = self.campaigns.step_at(&moment.epoch, thread);
        step.is_some_and(|step| row == step.honest_row() && chargeback::is_wrongly_disputed(&step))
    }

    /// Who pays in a session.
    #[inline]
    fn payer(&self, hour: &Hour, session: Key) -> Person {
        let mut random = session.at(0);
        let from = hour.number as i64 * MICROS_PER_HOUR;
        loop {
            let group = hour.group(random.word());
            let person = self.people.draw(group, &mut random);
            if self.people.is_there(&person, from, from + MICROS_PER_HOUR) {
                return person;
            }
        }
    }

    /// A payment as somebody makes it.
    #[inline]
    pub(crate) fn honest(
        &self,
        hour: &Hour,
        time: i64,
        person: Person,
        mut random: Random,
    ) -> Payment {
        let (day, clock) = self.calendar.local(person.city, hour.number);
        let place = self.people.whereabouts(&person, day);
        let shop = self.choose(&person, place, clock, &mut random);
        let cents = amount::honest(&mut random, shop.category, person.income());
        let (first, count) = cards(person.index);
        // One card is at hand most of the time.
        let card = first + u64::from(count > 1 && random.happens(0.15));
        let channel = channel(&shop, cents, &mut random);
        let device = (channel == Channel::Online).then(|| {
            let which = u64::from(random.happens(0.3));
            self.people.device(&person, which, hour.number)
        });
        Payment {
            time,
            person,
            card,
            shop,
            terminal: terminal(&shop, &mut random),
            channel,
            device,
            cents,
            fraud: None,
        }
    }

    /// A shop that somebody goes to who is at `place`.
    #[inline]
    fn choose(
        &self,
        person: &Person,
        place: Whereabouts,
        clock: usize,
        random: &mut Random,
    ) -> Shop {
        let ranks = &self.habits.ranks[person.step * CLASSES / self.people.activities().len()];
        let mut tries = 0;
        loop {
            let rank = if random.happens(EXPLORATION) {
                STRANGERS + (random.word() >> 32)
            } else {
                u64::from(ranks.draw(random))
            };
            let shop = self.favourite(person, place, rank);
            let open = CATEGORIES[shop.category].open[daypart(clock)];
            tries += 1;
            if shop.place == ONLINE || tries == 4 || random.happens(open) {
                return shop;
            }
        }
    }

    /// The shop of a rank among those that somebody goes to who is at `place`.
    #[inline]
    pub(crate) fn favourite(&self, person: &Person, place: Whereabouts, rank: u64) -> Shop {
        let (category, online, mut random) = self.taste(person, rank);
        let unit = random.unit();
        match place {
            _ if online => self.shops.pick(ONLINE, category, unit),
            Whereabouts::In(city) if city == person.city => self.shops.pick(city, category, unit),
            // Abroad are other shops.
            Whereabouts::In(city) => self.shops.pick(city, category, random.unit()),
            Whereabouts::Travelling => self.shops.pick(ONLINE, DIGITAL, unit),
        }
    }

    /// What somebody buys in the shop of a rank, whether online, and what else is drawn for it.
    #[inline]
    fn taste(&self, person: &Person, rank: u64) -> (usize, bool, Random) {
        let mut random = person.key.at(FAVOURITES + rank);
        let category = self.habits.categories.draw(&mut random) as usize;
        let online = random.happens(CATEGORIES[category].online);
        (category, online, random)
    }

    /// Whether a shop in the city where somebody lives is among that person's favourites up to a rank.
    pub(crate) fn goes_to(&self, person: &Person, shop: &Shop, ranks: u64) -> bool {
        (0..ranks).any(|rank| {
            let (category, online, mut random) = self.taste(person, rank);
            let may_be = category == shop.category && !online;
            may_be && self.shops.pick(shop.place, category, random.unit()) == *shop
        })
    }
}

/// Ranks that are no favourites.
const STRANGERS: u64 = 1 << 34;
const FAVOURITES: u64 = 1 << 36;
/// The category of those who are on the way.
const DIGITAL: usize = 10;

const fn daypart(clock: usize) -> usize {
    match clock {
        ..6 => 0,
        6..11 => 1,
        11..17 => 2,
        _ => 3,
    }
}

/// How a card is read in a shop.
#[inline]
pub(crate) fn channel(shop: &Shop, cents: i64, random: &mut Random) -> Channel {
    let contactless = if cents <= 5000 { 0.8 } else { 0.25 };
    match shop.place {
        ONLINE => Channel::Online,
        _ if random.happens(contactless) => Channel::Contactless,
        _ => Channel::Chip,
    }
}

/// One of a shop's terminals.
#[inline]
pub(crate) fn terminal(shop: &Shop, random: &mut Random) -> u64 {
    let (first, count) = terminals(shop.number.into());
    first + random.below(count)
}
