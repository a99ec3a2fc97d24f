//! The features of payments: those of each payment by itself, those of its customer's history, and
//! numbers that should carry no information.

use std::collections::HashMap;

use crate::run::Run;

/// A feature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feature {
    pub(crate) name: &'static str,
    /// Whether its values are unordered classes.
    pub(crate) is_class: bool,
}

const fn number(name: &'static str) -> Feature {
    Feature {
        name,
        is_class: false,
    }
}

const fn class(name: &'static str) -> Feature {
    Feature {
        name,
        is_class: true,
    }
}

/// Features of a single payment.
pub(crate) const ALONE: [Feature; 6] = [
    number("amount"),
    class("hour"),
    class("weekday"),
    class("category"),
    class("channel"),
    class("country"),
];

/// Features of the customer's history.
pub(crate) const HISTORY: [Feature; 8] = [
    number("time since the last payment"),
    number("payments before"),
    number("amount by the customer's own"),
    number("visits to the merchant"),
    number("visits to the country"),
    number("uses of the device"),
    number("payments within a day"),
    number("payments within an hour"),
];

/// Features that should carry no information: ids, positions, digits.
pub(crate) const NUMBERS: [Feature; 15] = [
    number("customer"),
    number("card"),
    number("merchant"),
    number("terminal"),
    number("index"),
    number("payment id"),
    class("customer's last digit"),
    class("card's last digit"),
    class("merchant's last digit"),
    class("terminal's last digit"),
    class("index's last digit"),
    class("minute of the hour"),
    class("second of the minute"),
    number("microseconds"),
    class("cent"),
];

/// Feature columns for all frauds and a fixed share of the honest payments.
#[derive(Debug)]
pub(crate) struct Features {
    /// Each as long as `labels`: [`ALONE`], [`HISTORY`], then [`NUMBERS`].
    pub(crate) columns: Vec<Vec<f64>>,
    /// The number of the campaign plus one; 0 for honest payments.
    pub(crate) campaigns: Vec<u32>,
    /// The time, as a share of the measured period.
    pub(crate) times: Vec<f64>,
    /// How many honest payments each of them represents.
    pub(crate) honest_weight: f64,
}

/// The approximate number of honest payments given to models; more would not change the printed
/// figures.
const HONEST: u64 = 250_000;

pub(crate) const fn count() -> usize {
    ALONE.len() + HISTORY.len() + NUMBERS.len()
}

impl Features {
    pub(crate) fn new(run: &Run) -> Self {
        let payments = &run.payments;
        let one_in = (payments.len() as u64 / HONEST).max(1);
        let is_shown = |position: usize| {
            payments.is_fraud(position)
                || emulator_model::mix(position as u64).is_multiple_of(one_in)
        };
        let mut all = Self {
            columns: vec![Vec::new(); count()],
            campaigns: Vec::new(),
            times: Vec::new(),
            honest_weight: one_in as f64,
        };
        let span = (crate::run::DAYS * 86_400_000_000) as f64;
        let start = run.first_day * 86_400_000_000;
        for positions in run.by_payer.each() {
            let mut past = Past::default();
            for place in 0..positions.len() {
                let history = past.next(run, positions, place);
                let position = positions[place] as usize;
                if is_shown(position) {
                    let values = alone(run, position).into_iter().chain(history);
                    let values = values.chain(numbers(run, position));
                    for (column, value) in all.columns.iter_mut().zip(values) {
                        column.push(value);
                    }
                    all.campaigns.push(payments.campaigns[position]);
                    all.times
                        .push((payments.times[position] - start) as f64 / span);
                }
            }
        }
        all
    }

    pub(crate) fn len(&self) -> usize {
        self.campaigns.len()
    }

    pub(crate) fn is_fraud(&self, row: usize) -> bool {
        self.campaigns[row] > 0
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        if self.is_fraud(row) {
            1.0
        } else {
            self.honest_weight
        }
    }
}

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn alone(run: &Run, position: usize) -> [f64; ALONE.len()] {
    let payments = &run.payments;
    let time = payments.times[position];
    [
        f64::from(payments.cents[position]) / 100.0,
        (time % DAY / HOUR) as f64,
        // 1970 began on a Thursday.
        ((time / DAY + 3) % 7) as f64,
        payments.categories[position].into(),
        payments.channels[position].into(),
        payments.countries[position].into(),
    ]
}

fn numbers(run: &Run, position: usize) -> [f64; NUMBERS.len()] {
    let payments = &run.payments;
    let time = payments.times[position];
    let ids = [
        &payments.payers,
        &payments.cards,
        &payments.merchants,
        &payments.terminals,
    ];
    let [payer, card, merchant, terminal] = ids.map(|column| column[position]);
    let digit = |number: u32| f64::from(number % 10);
    [
        payer.into(),
        card.into(),
        merchant.into(),
        terminal.into(),
        position as f64,
        payments.tokens[position].into(),
        digit(payer),
        digit(card),
        digit(merchant),
        digit(terminal),
        digit(position as u32),
        (time % HOUR / MINUTE) as f64,
        (time % MINUTE / 1_000_000) as f64,
        (time % 1_000) as f64,
        digit(payments.cents[position]),
    ]
}

/// The history of a customer before a payment.
#[derive(Default)]
struct Past {
    logarithms: f64,
    merchants: HashMap<u32, u32>,
    countries: HashMap<u16, u32>,
    devices: HashMap<u32, u32>,
    /// The positions of the first payments within an hour and within a day of the latest one.
    hour: usize,
    day: usize,
}

impl Past {
    fn next(&mut self, run: &Run, positions: &[u32], place: usize) -> [f64; HISTORY.len()] {
        let payments = &run.payments;
        let position = positions[place] as usize;
        let time_of = |place: usize| payments.times[positions[place] as usize];
        let time = time_of(place);
        let recent = |first: &mut usize, within: i64| {
            while time_of(*first) < time - within {
                *first += 1;
            }
            (place - *first) as f64
        };
        let logarithm = f64::from(payments.cents[position].max(1)).ln();
        let device = payments.devices[position];
        let values = [
            match place.checked_sub(1) {
                Some(before) => (time - time_of(before)) as f64 / 1e6,
                None => f64::NAN,
            },
            place as f64,
            logarithm - self.logarithms / place.max(1) as f64,
            seen(&mut self.merchants, payments.merchants[position]),
            seen(&mut self.countries, payments.countries[position]),
            if device == 0 {
                -1.0
            } else {
                seen(&mut self.devices, device)
            },
            recent(&mut self.day, DAY),
            recent(&mut self.hour, HOUR),
        ];
        self.logarithms += logarithm;
        values
    }
}

/// How often it occurred before.
fn seen<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, u32>, key: K) -> f64 {
    let count = counts.entry(key).or_default();
    *count += 1;
    f64::from(*count - 1)
}
