//! Chargebacks: which payments are disputed, and when.
//!
//! Of each campaign 24 of 32 payments are disputed, and three that were none of it. These 27 are
//! raised in the eight epochs after that of the campaign, most of them early. The chargebacks of an
//! epoch stand in the order of a permutation, at even distances.

use emulator_model::{Key, Permutation, below};

use crate::calendar::{inverse, unit};
use crate::campaigns::{EPOCH, Epoch, PATTERNS, PAYMENTS, STEPS, Step};
use crate::people::MICROS_PER_HOUR;
use crate::world::World;

/// Chargebacks of a campaign that are raised in each epoch after its own.
const PARTS: [u64; 8] = [6, 6, 5, 4, 3, 1, 1, 1];
/// Chargebacks of a campaign.
const CHARGEBACKS: u64 = 27;
/// Those of them that are right.
const RIGHT: u64 = 24;
/// Nobody disputes a payment on the day it is made.
const DELAY: i64 = 24 * MICROS_PER_HOUR;

/// How many chargebacks there are before each epoch; at the end all.
#[derive(Debug)]
pub(crate) struct Disputes(Vec<u64>);

/// A chargeback.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chargeback {
    /// Microseconds from the beginning of the world.
    pub(crate) time: i64,
    /// The payment's index.
    pub(crate) payment: u64,
    pub(crate) reason: usize,
}

/// What the customer says.
pub(crate) const REASONS: [&str; 3] = ["not_authorised", "not_recognised", "not_received"];

impl Disputes {
    pub(crate) fn new(epochs: &[Epoch]) -> Self {
        let mut firsts = vec![0];
        for epoch in 0..epochs.len() + PARTS.len() {
            let raised: u64 = parts(epochs, epoch)
                .map(|(_, epoch, part)| epoch.campaigns * PARTS[part])
                .sum();
            firsts.push(firsts[epoch] + raised);
        }
        Self(firsts)
    }

    /// Chargebacks in all.
    pub(crate) fn total(&self) -> u64 {
        self.0.last().copied().unwrap_or(0)
    }

    fn epoch_of(&self, chargeback: u64) -> usize {
        self.0.partition_point(|first| *first <= chargeback) - 1
    }
}

/// The epochs whose campaigns have chargebacks in this one, each with the part of them.
fn parts(epochs: &[Epoch], epoch: usize) -> impl Iterator<Item = (usize, &Epoch, usize)> {
    let parts = 0..PARTS.len();
    parts.filter_map(move |part| {
        let of = epoch.checked_sub(1 + part)?;
        Some((of, epochs.get(of)?, part))
    })
}

impl World<'_> {
    /// When a chargeback is raised; it never falls from one to the next.
    pub(crate) fn chargeback_time(&self, chargeback: u64) -> i64 {
        let firsts = &self.base.disputes.0;
        let epoch = self.base.disputes.epoch_of(chargeback);
        let count = firsts[epoch + 1] - firsts[epoch];
        let moved = unit(self.keys.chargebacks.part(1).at(chargeback).word());
        let place = ((chargeback - firsts[epoch]) as f64 + moved) / count as f64;
        let length = EPOCH as i64 * MICROS_PER_HOUR;
        epoch as i64 * length + DELAY + ((place * length as f64) as i64).min(length - 1)
    }

    /// The chargeback of that index.
    pub(crate) fn chargeback(&self, index: u64) -> Chargeback {
        let firsts = &self.base.disputes.0;
        let epoch = self.base.disputes.epoch_of(index);
        let order = Permutation::new(firsts[epoch + 1] - firsts[epoch]);
        let key = self.keys.chargebacks.part(2 + epoch as u64);
        let mut rest = order.forward(key, index - firsts[epoch]);
        let mut found = (0, 0, 0);
        for (of, its, part) in parts(self.base.epochs(), epoch) {
            let count = its.campaigns * PARTS[part];
            if rest < count {
                let before: u64 = PARTS[..part].iter().sum();
                found = (of, rest / PARTS[part], before + rest % PARTS[part]);
                break;
            }
            rest -= count;
        }
        let (of, campaign, number) = found;
        let its = &self.base.epochs()[of];
        Chargeback {
            time: self.chargeback_time(index),
            payment: self.disputed(its, campaign, number),
            reason: below(key.at(index).word(), REASONS.len() as u64) as usize,
        }
    }

    /// The payment that chargeback `number` of a campaign is about.
    fn disputed(&self, epoch: &Epoch, campaign: u64, number: u64) -> u64 {
        let any = self.campaigns.step(epoch, campaign, 0);
        let Shuffle { of_27, of_32 } = Shuffle::of(any.key);
        let entry = of_27.forward(number, CHARGEBACKS);
        let (step, row) = match entry.checked_sub(RIGHT) {
            Some(wrong) => {
                let step = 2 * wrong + any.key.at(WRONG + wrong).word() % 2;
                let honest = self.campaigns.step(epoch, campaign, step).honest_row();
                (step, honest)
            }
            None => {
                let mut ordinal = of_32.forward(entry, PAYMENTS);
                let mut step = 0;
                while ordinal >= PATTERNS[any.pattern].steps[step] {
                    ordinal -= PATTERNS[any.pattern].steps[step];
                    step += 1;
                }
                let step = step as u64;
                let rows = self.campaigns.step(epoch, campaign, step).rows;
                (step, rows.0 + ordinal)
            }
        };
        let thread = self.campaigns.thread(epoch, campaign, step);
        let hour = self.calendar.hour_of_thread(thread);
        let hour = self.calendar.hour(self.people, self.keys.rows, hour);
        hour.payment(row, thread - hour.first_thread)
    }
}

/// Whether payment `number` of a step is disputed.
pub(crate) fn is_disputed(step: &Step, number: u64) -> bool {
    let before = &PATTERNS[step.pattern].steps[..step.number as usize];
    let ordinal = before.iter().sum::<u64>() + number;
    Shuffle::of(step.key).of_32.backward(ordinal, PAYMENTS) < RIGHT
}

/// Whether a payment of the thread of a step, which is none of it, is disputed by mistake.
pub(crate) fn is_wrongly_disputed(step: &Step) -> bool {
    let wrong = step.number / 2;
    wrong < CHARGEBACKS - RIGHT && step.number % 2 == step.key.at(WRONG + wrong).word() % 2
}

const WRONG: u64 = 1 << 40;
const _: () = assert!(2 * (CHARGEBACKS - RIGHT) <= STEPS);

/// Orders of a campaign's chargebacks and payments: `factor * number + shift`.
struct Shuffle {
    of_27: Affine,
    of_32: Affine,
}

struct Affine {
    factor: u64,
    shift: u64,
}

impl Shuffle {
    fn of(key: Key) -> Self {
        let mut random = key.at(1 << 41);
        Self {
            of_27: Affine {
                factor: 3 * random.below(8) + 1,
                shift: random.below(CHARGEBACKS),
            },
            of_32: Affine {
                factor: 2 * random.below(PAYMENTS / 2) + 1,
                shift: random.below(PAYMENTS),
            },
        }
    }
}

impl Affine {
    const fn forward(&self, number: u64, modulus: u64) -> u64 {
        (number * self.factor + self.shift) % modulus
    }

    fn backward(&self, number: u64, modulus: u64) -> u64 {
        let inverse = inverse(self.factor, modulus).unwrap_or(1);
        (number + modulus - self.shift) * inverse % modulus
    }
}
