//! Which threads are fraud: campaigns of eight steps within five days, 32 payments each.
//!
//! An epoch has five days. Its threads are cut into eight stretches, one for each step, and each
//! stretch into as many pieces as the epoch has campaigns: one thread of each piece is a step of a
//! campaign. Which campaign has which piece is a permutation for each stretch. So thread and
//! (campaign, step) lead to each other without a table.

use emulator_model::{Key, Permutation, below};

use crate::calendar::{Calendar, ROWS};

/// Hours of an epoch.
pub(crate) const EPOCH: u64 = 120;
/// Steps of a campaign.
pub(crate) const STEPS: u64 = 8;
/// Payments of a campaign.
pub(crate) const PAYMENTS: u64 = 32;

/// How a campaign goes about.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// Its name.
    pub name: &'static str,
    /// Weight among campaigns.
    pub weight: f64,
    /// Payments of each step.
    pub(crate) steps: [u64; STEPS as usize],
}

/// Small payments tell which stolen cards work; those are cashed out online.
pub(crate) const CARD_TESTING: usize = 0;
/// Somebody logs in as the customer from a device of their own and pays.
pub(crate) const TAKEOVER: usize = 1;
/// Cards of those who pay at a terminal are copied and used in shops elsewhere.
pub(crate) const SKIMMING: usize = 2;
/// A merchant charges cards that were used there.
pub(crate) const COLLUSION: usize = 3;
/// A stolen card is used in the shops of another city.
pub(crate) const STOLEN: usize = 4;
/// The customer pays and denies it.
pub(crate) const FRIENDLY: usize = 5;

/// All patterns.
pub const PATTERNS: [Pattern; 6] = [
    pattern("card_testing", 0.22, [6, 6, 2, 3, 4, 4, 4, 3]),
    pattern("account_takeover", 0.22, [4; 8]),
    pattern("skimmed_terminal", 0.20, [3, 6, 4, 3, 3, 6, 4, 3]),
    pattern("colluding_merchant", 0.10, [4; 8]),
    pattern("stolen_card", 0.16, [6, 4, 3, 3, 6, 4, 3, 3]),
    pattern("friendly_fraud", 0.10, [4; 8]),
];

const WEIGHTS: f64 = {
    let (mut sum, mut number) = (0.0, 0);
    while number < PATTERNS.len() {
        sum += PATTERNS[number].weight;
        number += 1;
    }
    sum
};

const fn pattern(name: &'static str, weight: f64, steps: [u64; 8]) -> Pattern {
    let (mut sum, mut step) = (0, 0);
    while step < steps.len() {
        sum += steps[step];
        assert!(
            ROWS.is_multiple_of(steps[step]) && steps[step] < ROWS,
            "a thread has room for a step at places side by side, and for an honest payment"
        );
        step += 1;
    }
    assert!(sum == PAYMENTS, "all campaigns have as many payments");
    Pattern {
        name,
        weight,
        steps,
    }
}

/// An epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch {
    pub(crate) number: u64,
    first_thread: u64,
    threads: u64,
    pub(crate) campaigns: u64,
    pub(crate) first_campaign: u64,
}

/// All campaigns of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Campaigns<'a> {
    epochs: &'a [Epoch],
    key: Key,
}

/// A step of a campaign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Among all campaigns.
    pub(crate) campaign: u64,
    pub(crate) pattern: usize,
    pub(crate) number: u64,
    /// The first row of its thread that is fraud, and the first that is not any more.
    pub(crate) rows: (u64, u64),
    /// What is drawn for the campaign.
    pub(crate) key: Key,
    pub(crate) epoch: u64,
}

/// The epochs of a world of which this share of payments is fraud.
pub(crate) fn epochs(calendar: &Calendar, share: f64) -> Vec<Epoch> {
    let (mut epochs, mut made): (Vec<Epoch>, _) = (Vec::new(), 0);
    for start in (0..calendar.hours()).step_by(EPOCH as usize) {
        let end = (start + EPOCH).min(calendar.hours());
        let first_thread = calendar.first_thread(start);
        let threads = calendar.first_thread(end) - first_thread;
        let planned = (share * calendar.first(end) as f64 / PAYMENTS as f64).round() as u64;
        let campaigns = planned.saturating_sub(made).min(threads / STEPS / 2);
        epochs.push(Epoch {
            number: epochs.len() as u64,
            first_thread,
            threads,
            campaigns,
            first_campaign: made,
        });
        made += campaigns;
    }
    epochs
}

impl<'a> Campaigns<'a> {
    pub(crate) const fn new(epochs: &'a [Epoch], key: Key) -> Self {
        Self { epochs, key }
    }

    /// The epoch in which an hour is.
    pub(crate) fn epoch(&self, hour: u64) -> &'a Epoch {
        &self.epochs[(hour / EPOCH) as usize]
    }

    /// What a thread of an epoch is part of, if it is fraud.
    #[inline]
    pub(crate) fn step_at(&self, epoch: &Epoch, thread: u64) -> Option<Step> {
        let offset = thread - epoch.first_thread;
        let mut number = offset * STEPS / epoch.threads;
        while number + 1 < STEPS && offset >= epoch.stretch(number + 1) {
            number += 1;
        }
        let piece = epoch.piece(number);
        let within = offset - epoch.stretch(number);
        let place = within.checked_div(piece)?;
        if place >= epoch.campaigns || within % piece != self.within(epoch, number, place, piece) {
            return None;
        }
        let order = Permutation::new(epoch.campaigns);
        let campaign = order.backward(self.order_key(epoch, number), place)?;
        Some(self.step(epoch, campaign, number))
    }

    /// The thread of a step of a campaign of an epoch.
    pub(crate) fn thread(&self, epoch: &Epoch, campaign: u64, number: u64) -> u64 {
        let order = Permutation::new(epoch.campaigns);
        let place = order.forward(self.order_key(epoch, number), campaign);
        let piece = epoch.piece(number);
        let within = self.within(epoch, number, place, piece);
        epoch.first_thread + epoch.stretch(number) + place * piece + within
    }

    /// A step of a campaign of an epoch.
    pub(crate) fn step(&self, epoch: &Epoch, campaign: u64, number: u64) -> Step {
        let campaign = epoch.first_campaign + campaign;
        let key = self.key.part(campaign);
        let mut left = key.at(0).unit() * WEIGHTS;
        let pattern = PATTERNS.iter().position(|pattern| {
            left -= pattern.weight;
            left < 0.0
        });
        let pattern = pattern.unwrap_or(FRIENDLY);
        let payments = PATTERNS[pattern].steps[number as usize];
        // Places side by side: so no minute of an hour has more fraud than another.
        let place = below(key.at(1 + number).word(), ROWS / payments);
        let first = place * payments;
        Step {
            campaign,
            pattern,
            number,
            rows: (first, first + payments),
            key,
            epoch: epoch.number,
        }
    }

    fn within(&self, epoch: &Epoch, number: u64, place: u64, piece: u64) -> u64 {
        let key = self.order_key(epoch, number);
        below(key.at(place).word(), piece)
    }

    fn order_key(&self, epoch: &Epoch, number: u64) -> Key {
        self.key.part(u64::MAX - (epoch.number * STEPS + number))
    }
}

impl Step {
    /// A row of its thread that is none of it.
    pub(crate) const fn honest_row(&self) -> u64 {
        if self.rows.0 > 0 { 0 } else { ROWS - 1 }
    }
}

impl Epoch {
    /// Where a stretch begins.
    fn stretch(&self, number: u64) -> u64 {
        self.threads * number / STEPS
    }

    /// Threads of a piece of a stretch; 0 if there are no campaigns.
    fn piece(&self, number: u64) -> u64 {
        let threads = self.stretch(number + 1) - self.stretch(number);
        threads.checked_div(self.campaigns).unwrap_or(0)
    }
}
