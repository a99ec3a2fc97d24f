//! Records of entities: customers, cards, merchants, terminals.

use std::ops::Range;

use emulator_domain::record::{Cells, Column, TextCells};
use emulator_domain::{Date, Timestamp};

use super::columns::{CATEGORY, CITY, COUNTRY, longs, of_words, optional, word_cells};
use crate::declared::{CATEGORIES, CITIES};
use crate::people::holder;
use crate::shops::{ONLINE, owner};
use crate::world::World;

/// Event times and columns.
pub(super) type Filled = (Vec<Timestamp>, Vec<Column>);

const BIRTH: u64 = 3;
const CARD: u64 = 1 << 35;

pub(super) fn customers(world: &World<'_>, range: Range<u64>) -> Filled {
    let start = world.settings.start_time();
    let people: Vec<_> = range.map(|index| world.people.person(index)).collect();
    let joined = people
        .iter()
        .map(|person| start.moved(world.people.joined(person.index.into())));
    let times: Vec<_> = joined.collect();
    let left: Vec<_> = people
        .iter()
        .map(|person| world.people.left(person.key, person.index.into()))
        .map(|micros| micros.map(|micros| start.moved(micros)))
        .collect();
    let cities: Vec<u32> = people.iter().map(|person| person.city() as u32).collect();
    let born = people.iter().map(|person| {
        // Most are between 25 and 60 years old.
        let mut random = person.key.at(BIRTH);
        let years = 18.0 + 72.0 * (random.unit() + random.unit() * random.unit()) / 2.0;
        world.settings.start.days() - (years * 365.25) as i32
    });
    let incomes = people
        .iter()
        .map(|person| (33_000.0 * libm::exp(0.5 * person.income())) as i64 * 100);
    let columns = vec![
        longs(people.iter().map(|person| i64::from(person.index) + 1)),
        Column::new(Cells::Timestamp(times.clone())),
        optional(&left, Cells::Timestamp, start),
        Column::new(Cells::Date(born.collect())),
        of_words(cities.clone(), &CITY),
        of_words(cities, &COUNTRY),
        Column::new(Cells::Decimal {
            unscaled: incomes.collect(),
            scale: 2,
        }),
    ];
    (times, columns)
}

pub(super) fn cards(world: &World<'_>, range: Range<u64>) -> Filled {
    let mut networks = TextCells::default();
    let mut expiries = Vec::new();
    for card in range.clone() {
        let mut random = world.people.person(holder(card)).key.at(CARD + card % 7);
        networks.push(match random.below(100) {
            ..55 => "visa",
            55..95 => "mastercard",
            _ => "amex",
        });
        let months = 13 + random.below(36) as i32 + world.settings.days as i32 / 30;
        let date = Date::from_days(world.settings.start.days() + months * 30);
        // The day before the first of a month.
        expiries.push(date.days() - i32::from(date.day()));
    }
    let start = world.settings.start_time();
    let times = range
        .clone()
        .map(|card| start.moved(world.people.joined(holder(card))));
    let columns = vec![
        longs(range.clone().map(|card| card as i64 + 1)),
        longs(range.clone().map(|card| holder(card) as i64 + 1)),
        Column::new(Cells::Text(networks)),
        Column::new(Cells::Date(expiries)),
    ];
    (times.collect(), columns)
}

pub(super) fn merchants(world: &World<'_>, range: Range<u64>) -> Filled {
    let shops: Vec<_> = range.map(|number| world.shops.shop(number)).collect();
    let city_of = |place: usize| (place != ONLINE).then(|| &CITIES[place]);
    let cities: Vec<_> = shops
        .iter()
        .map(|shop| (shop.place != ONLINE).then_some(shop.place as u32))
        .collect();
    let places = |degrees: fn(&crate::declared::City) -> f64| {
        let all: Vec<_> = shops
            .iter()
            .map(|shop| city_of(shop.place).map(degrees))
            .collect();
        optional(&all, Cells::Float, 0.0)
    };
    let columns = vec![
        longs(shops.iter().map(|shop| i64::from(shop.number) + 1)),
        of_words(
            shops.iter().map(|shop| shop.category as u32).collect(),
            &CATEGORY,
        ),
        longs(
            shops
                .iter()
                .map(|shop| CATEGORIES[shop.category].code.into()),
        ),
        optional(&cities, |positions| word_cells(positions, &CITY), 0),
        of_words(shops.iter().map(|shop| shop.country()).collect(), &COUNTRY),
        places(|city| city.latitude),
        places(|city| city.longitude),
    ];
    (vec![world.settings.start_time(); shops.len()], columns)
}

pub(super) fn terminals(world: &World<'_>, range: Range<u64>) -> Filled {
    let shops = range
        .clone()
        .map(|terminal| world.shops.shop(owner(terminal)));
    let online = shops.map(|shop| shop.place == ONLINE);
    let columns = vec![
        longs(range.clone().map(|terminal| terminal as i64 + 1)),
        longs(range.clone().map(|terminal| owner(terminal) as i64 + 1)),
        Column::new(Cells::Boolean(online.collect())),
    ];
    (vec![world.settings.start_time(); columns[0].len()], columns)
}
