//! Records of events: logins, payments, chargebacks, and the truth about payments.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::record::{Cells, Column, TextCells};

use super::columns::{
    CATEGORY, CHANNEL, COUNTRY, PATTERN, REASON, longs, of_words, optional, presence, word_cells,
};
use super::entities::Filled;
use super::{Kind, record_id, record_ids};
use crate::login::Login;
use crate::moment::Moment;
use crate::purchase::Payment;
use crate::world::World;

/// The payments of a range of indices, one by one; the state shared within an hour is built once.
fn each_payment(
    world: &World<'_>,
    range: Range<u64>,
    mut take: impl FnMut(&Moment, u64, &Payment),
) {
    let mut index = range.start;
    let mut hour = world
        .calendar
        .hour_of(index.min(world.calendar.total() - 1));
    while index < range.end {
        let end = world.calendar.first(hour + 1).min(range.end);
        if index < end {
            let moment = world.moment(hour);
            for index in index..end {
                take(&moment, index, &world.payment(&moment, index));
            }
            index = end;
        }
        hour += 1;
    }
}

/// The ids of records of a kind.
fn ids_of(world: &World<'_>, kind: Kind, indices: impl Iterator<Item = u64>) -> Column {
    let ids = record_ids(world, kind);
    let ids = indices.map(|index| record_id(world, &ids, index));
    Column::new(Cells::Uuid(ids.collect()))
}

pub(super) fn payments(world: &World<'_>, range: Range<u64>) -> Filled {
    let len = (range.end - range.start) as usize;
    let start = world.settings.start_time();
    let mut times = Vec::with_capacity(len);
    let ids = ids_of(world, Kind::Payment, range.clone());
    let [
        mut customers,
        mut cards,
        mut merchants,
        mut terminals,
        mut devices,
        mut amounts,
    ] = std::array::from_fn(|_| Vec::with_capacity(len));
    let [mut categories, mut countries, mut channels] =
        std::array::from_fn(|_| Vec::with_capacity(len));
    let mut has_device = Vec::with_capacity(len);
    each_payment(world, range, |_, _, payment| {
        times.push(start.moved(payment.time));
        customers.push(i64::from(payment.person.index) + 1);
        cards.push(payment.card as i64 + 1);
        merchants.push(i64::from(payment.shop.number) + 1);
        terminals.push(payment.terminal as i64 + 1);
        categories.push(payment.shop.category as u32);
        countries.push(payment.shop.country());
        channels.push(payment.channel as u32);
        devices.push(payment.device.unwrap_or(0));
        has_device.push(presence(payment.device));
        amounts.push(payment.cents);
    });
    let columns = vec![
        ids,
        Column::new(Cells::Timestamp(times.clone())),
        Column::new(Cells::Long(customers)),
        Column::new(Cells::Long(cards)),
        Column::new(Cells::Long(merchants)),
        Column::new(Cells::Long(terminals)),
        of_words(categories, &CATEGORY),
        of_words(countries, &COUNTRY),
        of_words(channels, &CHANNEL),
        Column::with_presence(Cells::Long(devices), has_device),
        Column::new(Cells::Decimal {
            unscaled: amounts,
            scale: 2,
        }),
    ];
    (times, columns)
}

pub(super) fn truth(world: &World<'_>, range: Range<u64>) -> Filled {
    let ids = ids_of(world, Kind::Truth, range.clone());
    let start = world.settings.start_time();
    let mut times = Vec::new();
    let (mut steps, mut disputed, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    each_payment(world, range, |moment, index, payment| {
        times.push(start.moved(payment.time));
        let is_disputed = world.is_disputed(moment, index, payment);
        disputed.push(is_disputed);
        wrong.push(is_disputed != payment.fraud.is_some());
        steps.push(payment.fraud.map(|(step, _)| step));
    });
    let of = |value: fn(crate::campaigns::Step) -> i64| {
        let all: Vec<_> = steps.iter().map(|step| step.map(value)).collect();
        optional(&all, Cells::Long, 0)
    };
    let patterns: Vec<_> = steps
        .iter()
        .map(|step| step.map(|step| step.pattern as u32))
        .collect();
    let columns = vec![
        ids,
        Column::new(Cells::Boolean(steps.iter().map(Option::is_some).collect())),
        of(|step| step.campaign as i64),
        optional(&patterns, |positions| word_cells(positions, &PATTERN), 0),
        of(|step| step.number as i64 + 1),
        Column::new(Cells::Boolean(disputed)),
        Column::new(Cells::Boolean(wrong)),
    ];
    (times, columns)
}

pub(super) fn chargebacks(world: &World<'_>, range: Range<u64>) -> Filled {
    let start = world.settings.start_time();
    let all = range.clone().map(|index| world.chargeback(index));
    let all: Vec<_> = all.collect();
    let times: Vec<_> = all
        .iter()
        .map(|chargeback| start.moved(chargeback.time))
        .collect();
    let disputed = all.iter().map(|chargeback| chargeback.index);
    let columns = vec![
        ids_of(world, Kind::Chargeback, range),
        Column::new(Cells::Timestamp(times.clone())),
        ids_of(world, Kind::Payment, disputed),
        longs(all.iter().map(|each| each.payment.card as i64 + 1)),
        Column::new(Cells::Decimal {
            unscaled: all.iter().map(|each| each.payment.cents).collect(),
            scale: 2,
        }),
        of_words(all.iter().map(|each| each.reason as u32).collect(), &REASON),
    ];
    (times, columns)
}

pub(super) fn logins(world: &World<'_>, range: Range<u64>) -> Filled {
    let start = world.settings.start_time();
    let mut moment: Option<Arc<Moment>> = None;
    let mut addresses = TextCells::default();
    let all: Vec<Login> = range
        .clone()
        .map(|index| {
            let hour = world.calendar.hour_of_login(index);
            if moment
                .as_ref()
                .is_none_or(|moment| moment.hour.number != hour)
            {
                moment = Some(world.moment(hour));
            }
            let moment = moment.as_ref().expect("it was just made");
            let login = world.login(moment, index);
            let [a, b, c, d] = login.address;
            let text = addresses.writer();
            for (part, point) in [(a, "."), (b, "."), (c, "."), (d, "")] {
                let digits = [part / 100, part / 10 % 10, part % 10];
                let zeros = digits[..2].iter().take_while(|digit| **digit == 0).count();
                text.extend(digits[zeros..].iter().map(|digit| char::from(b'0' + digit)));
                text.push_str(point);
            }
            addresses.end();
            login
        })
        .collect();
    let times: Vec<_> = all.iter().map(|login| start.moved(login.time)).collect();
    let columns = vec![
        ids_of(world, Kind::Login, range),
        Column::new(Cells::Timestamp(times.clone())),
        longs(all.iter().map(|login| login.customer as i64 + 1)),
        longs(all.iter().map(|login| login.device)),
        Column::new(Cells::Text(addresses)),
        of_words(
            all.iter().map(|login| login.city as u32).collect(),
            &COUNTRY,
        ),
        Column::new(Cells::Boolean(
            all.iter().map(|login| login.succeeded).collect(),
        )),
    ];
    (times, columns)
}
