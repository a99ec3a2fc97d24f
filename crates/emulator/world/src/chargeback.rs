//! Chargebacks: which payments are disputed, and when.
//!
//! For each campaign, 24 of its 32 payments are disputed, and three payments of its threads that
//! are not fraud. These 27 chargebacks are raised in the eight epochs after that of the campaign,
//! most of them early. Within an epoch they are ordered by a permutation and evenly spaced.

use std::ops::Range;
use std::sync::Arc;

use emulator_model::{Key, Permutation, below};

use crate::calendar::{inverse, unit};
use crate::campaigns::{Epoch, PATTERNS, PAYMENTS, STEPS, Step};
use crate::moment::Moment;
use crate::people::MICROS_PER_HOUR;
use crate::purchase::Payment;
use crate::world::World;

/// How many chargebacks of a campaign are raised in each of the epochs after its own.
const PARTS: [u64; 8] = [6, 6, 5, 4, 3, 1, 1, 1];
/// Chargebacks per campaign.
const CHARGEBACKS: u64 = 27;
/// How many of them are justified.
const RIGHT: u64 = 24;
/// Payments are never disputed on the day they are made.
const DELAY: i64 = 24 * MICROS_PER_HOUR;

/// A chargeback.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chargeback {
    /// Microseconds from the start of the world.
    pub(crate) time: i64,
    /// The payment's index.
    pub(crate) index: u64,
    pub(crate) payment: Payment,
    pub(crate) reason: usize,
}

/// The reasons that customers give.
pub(crate) const REASONS: [&str; 3] = ["not_authorised", "not_recognised", "not_received"];

impl World<'_> {
    /// The total number of chargebacks.
    pub(crate) fn chargebacks(&self) -> u64 {
        self.campaigns.before(u64::MAX) * CHARGEBACKS
    }

    /// The epoch in which a chargeback is raised, and the chargebacks of that epoch.
    fn raised(&self, chargeback: u64) -> (u64, Range<u64>) {
        let (mut low, mut high) = (0, self.base.schedule.epochs + PARTS.len() as u64);
        while low < high {
            let middle = (low + high) / 2;
            match self.raised_before(middle + 1) <= chargeback {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        (low, self.raised_before(low)..self.raised_before(low + 1))
    }

    /// The number of chargebacks raised before an epoch.
    fn raised_before(&self, epoch: u64) -> u64 {
        let parts = (1..).zip(PARTS);
        let parts = parts.map(|(after, count)| {
            let campaigns = epoch.checked_sub(after);
            count * campaigns.map_or(0, |epoch| self.campaigns.before(epoch))
        });
        parts.sum()
    }

    /// When a chargeback is raised; it never decreases from one to the next.
    pub(crate) fn chargeback_time(&self, chargeback: u64) -> i64 {
        let (epoch, raised) = self.raised(chargeback);
        let moved = unit(self.keys.chargebacks.part(1).at(chargeback).word());
        let place =
            ((chargeback - raised.start) as f64 + moved) / (raised.end - raised.start) as f64;
        let Range { start, end } = self.campaigns.hours(epoch);
        let length = (end - start) as i64 * MICROS_PER_HOUR;
        let within = ((place * length as f64) as i64).min(length - 1);
        start as i64 * MICROS_PER_HOUR + DELAY + within
    }

    /// The chargeback with that index.
    pub(crate) fn chargeback(&self, index: u64) -> Chargeback {
        let (epoch, raised) = self.raised(index);
        let order = Permutation::new(raised.end - raised.start);
        let key = self.keys.chargebacks.part(2 + epoch);
        let mut rest = order.forward(key, index - raised.start);
        let mut found = None;
        let mut before = 0;
        for (after, part) in (1..).zip(PARTS) {
            let of = epoch
                .checked_sub(after)
                .filter(|of| *of < self.base.schedule.epochs);
            let of = of.map(|of| self.campaigns.epoch(of));
            let count = of.map_or(0, |of| of.campaigns * part);
            if rest < count {
                found = of.map(|of| (of, rest / part, before + rest % part));
                break;
            }
            rest -= count;
            before += part;
        }
        let (of, campaign, number) = found.expect("a chargeback is about a payment of an epoch");
        let (moment, payment) = self.disputed(of, campaign, number);
        Chargeback {
            time: self.chargeback_time(index),
            index: payment,
            payment: self.payment(&moment, payment),
            reason: below(key.at(index).word(), REASONS.len() as u64) as usize,
        }
    }

    /// The payment disputed in chargeback `number` of a campaign, and its hour.
    fn disputed(&self, epoch: Epoch, campaign: u64, number: u64) -> (Arc<Moment>, u64) {
        let any = self.campaigns.step(&epoch, campaign, 0);
        let Shuffle { of_27, of_32 } = Shuffle::of(any.key);
        let entry = of_27.forward(number, CHARGEBACKS);
        let (step, row) = match entry.checked_sub(RIGHT) {
            Some(wrong) => {
                let role = 2 * wrong + any.key.at(WRONG + wrong).word() % 2;
                let step = Step::number_of(any.key, role);
                let honest = self.campaigns.step(&epoch, campaign, step).honest_row();
                (step, honest)
            }
            None => {
                let mut ordinal = of_32.forward(entry, PAYMENTS);
                let mut role = 0;
                while ordinal >= PATTERNS[any.pattern].steps[role] {
                    ordinal -= PATTERNS[any.pattern].steps[role];
                    role += 1;
                }
                let step = Step::number_of(any.key, role as u64);
                let rows = self.campaigns.step(&epoch, campaign, step).rows;
                (step, rows.0 + ordinal)
            }
        };
        let thread = self.campaigns.thread(&epoch, campaign, step);
        let moment = self.moment(self.calendar.hour_of_thread(thread));
        let hour = &moment.hour;
        let payment = hour.payment(row, thread - hour.first_thread);
        (moment, payment)
    }

    /// Whether the customer disputes a payment.
    pub(crate) fn is_disputed(&self, moment: &Moment, index: u64, payment: &Payment) -> bool {
        if let Some((step, number)) = &payment.fraud {
            return is_disputed(step, *number);
        }
        let (row, column) = moment.hour.cell(index);
        let thread = moment.hour.first_thread + column;
        let step = self.campaigns.step_at(&moment.epoch, thread);
        step.is_some_and(|step| row == step.honest_row() && is_wrongly_disputed(&step))
    }
}

/// Whether payment `number` of a step is disputed.
fn is_disputed(step: &Step, number: u64) -> bool {
    let before = &PATTERNS[step.pattern].steps[..step.role as usize];
    let ordinal = before.iter().sum::<u64>() + number;
    Shuffle::of(step.key).of_32.backward(ordinal, PAYMENTS) < RIGHT
}

/// Whether the honest payment in the thread of a step is disputed by mistake.
fn is_wrongly_disputed(step: &Step) -> bool {
    let wrong = step.role / 2;
    wrong < CHARGEBACKS - RIGHT && step.role % 2 == step.key.at(WRONG + wrong).word() % 2
}

const WRONG: u64 = 1 << 40;
const _: () = assert!(2 * (CHARGEBACKS - RIGHT) <= STEPS);

/// Permutations of a campaign's chargebacks and payments: `factor * number + shift`.
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
