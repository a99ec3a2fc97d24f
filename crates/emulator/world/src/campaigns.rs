//! Which threads are fraud: campaigns of eight steps within five days, 32 payments each.
//!
//! An epoch has five days, more only where there are few payments. Its threads are cut into eight
//! stretches, one for each step, and each stretch into as many pieces as the epoch has campaigns: one
//! thread of each piece is a step of a campaign. Which campaign has which piece is a permutation for
//! each stretch. So thread and (campaign, step) lead to each other without a table.
//!
//! Where a payment is tells nothing: any thread of an epoch is as likely a step, any place in a thread
//! as likely part of it. So the pieces of a stretch begin at a place that is drawn, a campaign begins
//! anywhere in the round of its pattern, and which epoch has one campaign more is drawn for the run.

use std::ops::Range;

use emulator_model::{Key, Permutation, below};

use crate::calendar::{Calendar, ROWS};

/// Hours of an epoch, about; of a world with few payments so many that there are these threads.
const EPOCH: u64 = 120;
const THREADS: u64 = 28;
/// Steps of a campaign.
pub(crate) const STEPS: u64 = 8;
/// Payments of a campaign.
pub(crate) const PAYMENTS: u64 = 32;
/// Threads that each epoch needs; the campaigns of the largest share of fraud find their pieces there.
const FEWEST: u64 = 2 * STEPS;

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

/// How many campaigns a world has, whatever the seed of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plot {
    /// Epochs of the world.
    pub(crate) epochs: u64,
    /// Campaigns a thread: 0 in a world of which an epoch has too few threads for one.
    density: f64,
}

/// An epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch {
    pub(crate) number: u64,
    first_thread: u64,
    threads: u64,
    pub(crate) campaigns: u64,
    pub(crate) first_campaign: u64,
    /// One for each step.
    stretches: [Stretch; STEPS as usize],
}

/// All campaigns of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Campaigns<'a> {
    calendar: &'a Calendar,
    plot: Plot,
    key: Key,
}

/// A step of a campaign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Among all campaigns.
    pub(crate) campaign: u64,
    pub(crate) pattern: usize,
    pub(crate) number: u64,
    /// Which step of its pattern's round it is, and of which round.
    pub(crate) role: u64,
    pub(crate) round: u64,
    /// The first row of its thread that is fraud, and the first that is not any more.
    pub(crate) rows: (u64, u64),
    /// What is drawn for the campaign.
    pub(crate) key: Key,
    pub(crate) epoch: u64,
}

impl Plot {
    /// Of a world of which this share of payments is fraud.
    pub(crate) fn new(calendar: &Calendar, share: f64) -> Self {
        let threads = calendar.first_thread(calendar.hours());
        let epochs = (calendar.hours() + EPOCH / 2) / EPOCH;
        let mut plot = Self {
            epochs: epochs.min(threads / THREADS).max(1),
            density: share * ROWS as f64 / PAYMENTS as f64,
        };
        let threads = (0..plot.epochs).map(|epoch| {
            let [start, end] = [epoch, epoch + 1].map(|epoch| plot.start(calendar, epoch));
            calendar.first_thread(end) - calendar.first_thread(start)
        });
        if threads.min().unwrap_or(0) < FEWEST {
            plot.density = 0.0;
        }
        plot
    }

    /// The hour in which an epoch begins; also of those after the world's end.
    pub(crate) fn start(&self, calendar: &Calendar, epoch: u64) -> u64 {
        calendar.hours() * epoch / self.epochs
    }
}

impl<'a> Campaigns<'a> {
    pub(crate) const fn new(calendar: &'a Calendar, plot: Plot, key: Key) -> Self {
        Self {
            calendar,
            plot,
            key,
        }
    }

    /// The epoch in which an hour is.
    pub(crate) fn epoch_of(&self, hour: u64) -> Epoch {
        self.epoch(((hour + 1) * self.plot.epochs - 1) / self.calendar.hours())
    }

    /// An epoch by its number.
    pub(crate) fn epoch(&self, number: u64) -> Epoch {
        let [first_thread, end] = [number, number + 1].map(|epoch| self.threads_before(epoch));
        let first_campaign = self.before(number);
        let threads = end - first_thread;
        let campaigns = self.before(number + 1) - first_campaign;
        Epoch {
            number,
            first_thread,
            threads,
            campaigns,
            first_campaign,
            stretches: std::array::from_fn(|step| {
                let step = step as u64;
                let key = self.key.part(u64::MAX - (number * STEPS + step));
                Stretch::new(key, threads, step, campaigns)
            }),
        }
    }

    /// The hours of an epoch.
    pub(crate) fn hours(&self, epoch: u64) -> Range<u64> {
        let start = |epoch| self.plot.start(self.calendar, epoch);
        start(epoch)..start(epoch + 1)
    }

    /// Campaigns before an epoch; all of them for one after the last.
    pub(crate) fn before(&self, epoch: u64) -> u64 {
        let threads = self.threads_before(epoch.min(self.plot.epochs));
        (self.plot.density * threads as f64 + self.key.at(0).unit()) as u64
    }

    fn threads_before(&self, epoch: u64) -> u64 {
        let hour = self.plot.start(self.calendar, epoch);
        self.calendar.first_thread(hour)
    }

    /// What a thread of an epoch is part of, if it is fraud.
    #[inline]
    pub(crate) fn step_at(&self, epoch: &Epoch, thread: u64) -> Option<Step> {
        if epoch.campaigns == 0 {
            return None;
        }
        let offset = thread - epoch.first_thread;
        let number = ((offset + 1) * STEPS - 1) / epoch.threads;
        let stretch = &epoch.stretches[number as usize];
        let place = stretch.place(offset)?;
        let order = Permutation::new(epoch.campaigns);
        let campaign = order.backward(stretch.key, place)?;
        Some(self.step(epoch, campaign, number))
    }

    /// The thread of a step of a campaign of an epoch.
    pub(crate) fn thread(&self, epoch: &Epoch, campaign: u64, number: u64) -> u64 {
        let stretch = &epoch.stretches[number as usize];
        let order = Permutation::new(epoch.campaigns);
        let place = order.forward(stretch.key, campaign);
        epoch.first_thread + stretch.offset(place)
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
        let turn = number + turn(key);
        let (role, round) = (turn % STEPS, turn / STEPS);
        let payments = PATTERNS[pattern].steps[role as usize];
        // Places side by side: so no minute of an hour has more fraud than another.
        let place = below(key.at(1 + number).word(), ROWS / payments);
        let first = place * payments;
        Step {
            campaign,
            pattern,
            number,
            role,
            round,
            rows: (first, first + payments),
            key,
            epoch: epoch.number,
        }
    }
}

/// At which step of its pattern's round a campaign begins.
fn turn(key: Key) -> u64 {
    key.at(1 + STEPS).word() % STEPS
}

/// The threads of an epoch in which its campaigns have one of their steps. Its places are counted from
/// `shift` on, so that those which no piece has are anywhere.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    key: Key,
    /// Among the threads of the epoch.
    first: u64,
    len: u64,
    shift: u64,
    piece: u64,
    campaigns: u64,
}

impl Stretch {
    fn new(key: Key, threads: u64, step: u64, campaigns: u64) -> Self {
        let [first, end] = [step, step + 1].map(|step| threads * step / STEPS);
        let len = end - first;
        Self {
            key,
            first,
            len,
            shift: below(key.get(), len),
            piece: len / campaigns.max(1),
            campaigns,
        }
    }

    /// The piece of whose campaign a thread of the epoch is the step.
    #[inline]
    fn place(&self, offset: u64) -> Option<u64> {
        let in_stretch = offset - self.first;
        let before = if in_stretch < self.shift { self.len } else { 0 };
        let from_shift = in_stretch + before - self.shift;
        let (place, within) = (from_shift / self.piece, from_shift % self.piece);
        (place < self.campaigns && within == self.within(place)).then_some(place)
    }

    /// The thread of the epoch that is the step of a piece's campaign.
    fn offset(&self, place: u64) -> u64 {
        let from_shift = place * self.piece + self.within(place);
        self.first + (from_shift + self.shift) % self.len
    }

    fn within(&self, place: u64) -> u64 {
        below(self.key.at(place).word(), self.piece)
    }
}

impl Step {
    /// The step of a campaign that has this role.
    pub(crate) fn number_of(key: Key, role: u64) -> u64 {
        (role + STEPS - turn(key)) % STEPS
    }

    /// A row of its thread that is none of it: any of them.
    pub(crate) fn honest_row(&self) -> u64 {
        let (first, end) = self.rows;
        let row = below(
            self.key.at(2 + STEPS + self.number).word(),
            ROWS - (end - first),
        );
        if row < first { row } else { row + end - first }
    }
}
