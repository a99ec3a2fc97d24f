//! Fraudulent payments: what the victim would do, changed where the pattern shows.
//!
//! Each trait of a pattern (the shop, the amount, the device) shows with a probability that falls
//! with the world's difficulty. A trait that does not show is drawn as for any payment of that
//! person.

use emulator_model::{Key, Random};

use crate::amount;
use crate::calendar::Hour;
use crate::campaigns::{CARD_TESTING, COLLUSION, SKIMMING, STEPS, STOLEN, Step, TAKEOVER};
use crate::declared::{CATEGORIES, CITIES};
use crate::people::{Person, Whereabouts, device_number};
use crate::purchase::{Channel, Payment, channel, terminal};
use crate::shops::{ONLINE, Shop};
use crate::world::World;

/// Categories whose goods are easily turned into money, online and in shops.
const CASHABLE_ONLINE: [usize; 6] = [6, 7, 10, 11, 8, 9];
const CASHABLE_IN_SHOPS: [usize; 6] = [6, 7, 0, 3, 8, 5];
/// Categories in which small amounts are normal.
const SMALL: [usize; 3] = [10, 4, 9];
const VICTIMS: u64 = 1 << 20;
/// How many people are tried as customers of a shop before anybody is accepted.
const TRIES: u64 = 15;
const DEVICE: u64 = 1 << 21;
const SHOP: u64 = 1 << 22;

/// Payment `number` of a step.
pub(crate) fn payment(
    world: &World<'_>,
    hour: &Hour,
    time: i64,
    step: Step,
    number: u64,
    mut random: Random,
) -> Payment {
    let victim = victim(world, &step, number);
    let as_ever = world.honest(hour, time, victim, Random::clone(&random));
    // The words of the honest payment must not decide anything else.
    let mut own = step.key.part(step.number * 16 + number).at(1);
    std::mem::swap(&mut random, &mut own);
    let mut payment = Payment {
        fraud: Some((step, number)),
        ..as_ever
    };
    if let Some((shop, cents)) = scheme(world, &step, &victim, &mut random) {
        let shows = world.settings.shows();
        // An attacker who can choose the shop seldom uses the victim's.
        if random.happens(shows) {
            payment.shop = shop;
            payment.terminal = terminal(&shop, &mut random);
        }
        if random.happens(shows) {
            payment.cents = cents;
        } else if payment.shop == shop {
            payment.cents = amount::honest(&mut random, shop.category, victim.income());
        }
        payment.channel = channel(&payment.shop, payment.cents, &mut random);
        payment.device = (payment.channel == Channel::Online).then(|| {
            if random.happens(shows) {
                device_number(step.key.part(DEVICE + victim_number(&step, number)))
            } else {
                world.people.device(&victim, 0, hour.number)
            }
        });
    }
    payment
}

/// The device used to log in before the payments of a step, if it is not the victim's.
pub(crate) fn login_device(world: &World<'_>, step: &Step) -> Option<i64> {
    let mut random = step.key.part(step.number * 16).at(2);
    let takes_over = step.pattern == TAKEOVER && random.happens(world.settings.shows());
    takes_over.then(|| device_number(step.key.part(DEVICE + victim_number(step, 0))))
}

/// The shop and amount of the pattern; `None` for those of the victim.
fn scheme(
    world: &World<'_>,
    step: &Step,
    victim: &Person,
    random: &mut Random,
) -> Option<(Shop, i64)> {
    let one_of =
        |list: &[usize], random: &mut Random| list[random.below(list.len() as u64) as usize];
    let pick = |place: usize, category: usize, random: &mut Random| {
        world.shops.pick(place, category, random.unit())
    };
    match step.pattern {
        CARD_TESTING if step.role < 2 => {
            // One shop for the whole campaign, whatever it sells.
            let mut same = step.key.at(SHOP);
            let category = one_of(&SMALL, &mut same);
            let shop = pick(ONLINE, category, &mut same);
            Some((shop, amount::around(random, 1.8, 0.5)))
        }
        CARD_TESTING => {
            let category = one_of(&CASHABLE_ONLINE, random);
            let median = 2.5 * CATEGORIES[category].median;
            let shop = pick(ONLINE, category, random);
            Some((shop, amount::around(random, median, 0.6)))
        }
        TAKEOVER => {
            let category = one_of(&CASHABLE_ONLINE, random);
            let median = 3.0 * CATEGORIES[category].median;
            let shop = pick(ONLINE, category, random);
            Some((shop, amount::around(random, median, 0.7)))
        }
        SKIMMING | STOLEN => {
            let city = step.key.at(SHOP).below(CITIES.len() as u64) as usize;
            let category = one_of(&CASHABLE_IN_SHOPS, random);
            let factor = if step.pattern == STOLEN { 1.6 } else { 2.2 };
            let median = factor * CATEGORIES[category].median;
            let shop = pick(city, category, random);
            Some((shop, amount::around(random, median, 0.6)))
        }
        COLLUSION => {
            let mut same = step.key.at(SHOP);
            let category = one_of(&[1, 6, 8, 13, 12], &mut same);
            // Not one of the largest shops.
            let unit = 0.5 + 0.5 * same.unit();
            let shop = world.shops.pick(victim.city(), category, unit);
            let median = 2.0 * CATEGORIES[category].median;
            Some((shop, amount::around(random, median, 0.4)))
        }
        _ => None,
    }
}

/// The number of the campaign's victim in payment `number` of a step.
const fn victim_number(step: &Step, number: u64) -> u64 {
    match step.pattern {
        // Six cards are tested twice, then cashed out one after the other; each round has other
        // cards.
        CARD_TESTING if step.role < 2 => step.round * STEPS + number,
        CARD_TESTING => step.round * STEPS + step.role - 2,
        TAKEOVER | SKIMMING => step.number,
        STOLEN => step.number / 2,
        // COLLUSION and FRIENDLY: each victim once.
        _ => step.number * 4 + number,
    }
}

/// The holder of the card or account. A copied card belongs to a person who visits the shop where
/// it was copied; a merchant's victims live in the merchant's city.
pub(crate) fn victim(world: &World<'_>, step: &Step, number: u64) -> Person {
    let key = step.key.part(VICTIMS + victim_number(step, number));
    match step.pattern {
        SKIMMING | COLLUSION => {
            let first = somebody(world, step.epoch, step.key.part(VICTIMS), None);
            let one = |number| somebody(world, step.epoch, key.part(number), Some(first.city()));
            if step.pattern == COLLUSION {
                return one(0);
            }
            let place = Whereabouts::In(first.city());
            let shops = (0..8).map(|rank| world.habits.favourite(world.shops, &first, place, rank));
            // The largest of these shops.
            let shop = shops
                .filter(|shop| shop.place != ONLINE)
                .min_by_key(|shop| shop.rank);
            let visitor = shop.and_then(|shop| {
                let mut some = (0..TRIES).map(one);
                some.find(|person| world.habits.goes_to(world.shops, person, &shop, 20))
            });
            visitor.unwrap_or_else(|| one(TRIES))
        }
        _ => somebody(world, step.epoch, key, None),
    }
}

/// A person who is a customer throughout an epoch; more active people are more likely.
fn somebody(world: &World<'_>, epoch: u64, key: Key, city: Option<usize>) -> Person {
    let hours = world.campaigns.hours(epoch);
    let mut random = key.at(0);
    loop {
        let group = world.any_group(city, &mut random);
        let person = world.people.draw(group, &mut random);
        if person.is_there(&hours) {
            return person;
        }
    }
}
