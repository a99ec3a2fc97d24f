//! What a person buys, where, and how it is paid.

use std::hint::select_unpredictable;

use emulator_model::Random;

use crate::amount;
use crate::calendar::Hour;
use crate::campaigns::Step;
use crate::people::{Person, cards};
use crate::shops::{ONLINE, Shop, terminals};
use crate::world::World;

/// How the card is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Channel {
    Chip,
    Contactless,
    Online,
}

/// The names of the channels in records.
pub(crate) const CHANNELS: [&str; 3] = ["chip", "contactless", "online"];

/// A payment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payment {
    /// Microseconds from the start of the world.
    pub(crate) time: i64,
    pub(crate) person: Person,
    pub(crate) card: u64,
    pub(crate) shop: Shop,
    pub(crate) terminal: u64,
    pub(crate) channel: Channel,
    pub(crate) device: Option<i64>,
    pub(crate) cents: i64,
    /// The step of a campaign that it belongs to, and its number within the step.
    pub(crate) fraud: Option<(Step, u64)>,
}

impl World<'_> {
    /// An honest payment.
    #[inline]
    pub(crate) fn honest(
        &self,
        hour: &Hour,
        time: i64,
        person: Person,
        mut random: Random,
    ) -> Payment {
        let (day, clock) = self.calendar.local(person.city(), hour.number);
        let place = self.people.whereabouts(&person, day);
        let shop = self
            .habits
            .choose(self.shops, &person, place, clock, &mut random);
        let cents = amount::honest(&mut random, shop.category, person.income());
        let (first, count) = cards(person.index.into());
        // One card is used most of the time.
        let card = first + u64::from(random.happens_if(count > 1, 0.15));
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
}

/// How a card is read in this shop.
#[inline]
pub(crate) fn channel(shop: &Shop, cents: i64, random: &mut Random) -> Channel {
    let contactless = select_unpredictable(cents <= 5000, 0.8, 0.25);
    let is_online = shop.place == ONLINE;
    let is_contactless = random.happens_if(!is_online, contactless);
    let read = select_unpredictable(is_contactless, Channel::Contactless, Channel::Chip);
    select_unpredictable(is_online, Channel::Online, read)
}

/// One of a shop's terminals.
#[inline]
pub(crate) fn terminal(shop: &Shop, random: &mut Random) -> u64 {
    let (first, count) = terminals(shop.number.into());
    first + random.below(count)
}
