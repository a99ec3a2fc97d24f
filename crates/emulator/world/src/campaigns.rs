//! Which threads are fraud: campaigns of eight steps within five days, with 32 payments each.
//!
//! An epoch has five days, or more if there are few payments. Its threads are divided into eight
//! stretches, one for each step, and each stretch into as many pieces as the epoch has campaigns:
//! one thread of each piece is a step of a campaign. For each stretch, a permutation assigns pieces
//! to campaigns. Thread and (campaign, step) can therefore be converted into each other without a
//! table.
//!
//! The position of a payment reveals nothing: every thread of an epoch is equally likely to be a
//! step, and every position within a thread equally likely to belong to it. To achieve this, the
//! pieces of a stretch begin at a random place, a campaign begins at a random step of its pattern,
//! and the run draws which epochs have one campaign more.

use std::ops::Range;

use emulator_model::{Key, Permutation, below};

use crate::calendar::{Calendar, ROWS};

/// Approximate hours per epoch; with few payments, as many as provide the required threads.
const EPOCH: u64 = 120;
const THREADS: u64 = 28;
/// Steps per campaign.
pub(crate) const STEPS: u64 = 8;
/// Payments per campaign.
pub(crate) const PAYMENTS: u64 = 32;
/// The minimum number of threads in an epoch, so that campaigns find their pieces even at the
/// largest share of fraud.
const FEWEST: u64 = 2 * STEPS;

/// The pattern of a campaign.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// Its name.
    pub name: &'static str,
    /// Its weight among campaigns.
    pub weight: f64,
    /// The payments in each step.
    pub(crate) steps: [u64; STEPS as usize],
}

/// Small payments reveal which stolen cards work; those are then cashed out online.
pub(crate) const CARD_TESTING: usize = 0;
/// An attacker logs in as the customer from the attacker's own device, and pays.
pub(crate) const TAKEOVER: usize = 1;
/// Cards used at one terminal are copied, and used in shops elsewhere.
pub(crate) const SKIMMING: usize = 2;
/// A merchant charges cards that were used there.
pub(crate) const COLLUSION: usize = 3;
/// A stolen card is used in the shops of another city.
pub(crate) const STOLEN: usize = 4;
/// The customer pays, then denies it.
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

/// How many campaigns a world has; independent of the seed of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CampaignSchedule {
    /// The number of epochs in the world.
    pub(crate) epochs: u64,
    /// Campaigns per thread; 0 if an epoch of this world has too few threads for one.
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
    schedule: CampaignSchedule,
    key: Key,
}

/// A step of a campaign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Its number among all campaigns.
    pub(crate) campaign: u64,
    pub(crate) pattern: usize,
    pub(crate) number: u64,
    /// The step of its pattern that it plays, and in which round of the pattern.
    pub(crate) role: u64,
    pub(crate) round: u64,
    /// The range of fraudulent rows in its thread: the first row, and the one after the last.
    pub(crate) rows: (u64, u64),
    /// The key of the campaign.
    pub(crate) key: Key,
    pub(crate) epoch: u64,
}

impl CampaignSchedule {
    /// For a world in which this share of payments is fraud.
    pub(crate) fn new(calendar: &Calendar, share: f64) -> Self {
        let threads = calendar.first_thread(calendar.hours());
        let epochs = (calendar.hours() + EPOCH / 2) / EPOCH;
        let mut schedule = Self {
            epochs: epochs.min(threads / THREADS).max(1),
            density: share * ROWS as f64 / PAYMENTS as f64,
        };
        let threads = (0..schedule.epochs).map(|epoch| {
            let [start, end] = [epoch, epoch + 1].map(|epoch| schedule.start(calendar, epoch));
            calendar.first_thread(end) - calendar.first_thread(start)
        });
        if threads.min().unwrap_or(0) < FEWEST {
            schedule.density = 0.0;
        }
        schedule
    }

    /// The hour in which an epoch begins; also for epochs after the end of the world.
    pub(crate) fn start(&self, calendar: &Calendar, epoch: u64) -> u64 {
        calendar.hours() * epoch / self.epochs
    }
}

impl<'a> Campaigns<'a> {
    pub(crate) const fn new(calendar: &'a Calendar, schedule: CampaignSchedule, key: Key) -> Self {
        Self {
            calendar,
            schedule,
            key,
        }
    }

    /// The epoch of an hour.
    pub(crate) fn epoch_of(&self, hour: u64) -> Epoch {
        self.epoch(((hour + 1) * self.schedule.epochs - 1) / self.calendar.hours())
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
        let start = |epoch| self.schedule.start(self.calendar, epoch);
        start(epoch)..start(epoch + 1)
    }

    /// The number of campaigns before an epoch; for an epoch after the last, all of them.
    pub(crate) fn before(&self, epoch: u64) -> u64 {
        let threads = self.threads_before(epoch.min(self.schedule.epochs));
        (self.schedule.density * threads as f64 + self.key.at(0).unit()) as u64
    }

    fn threads_before(&self, epoch: u64) -> u64 {
        let hour = self.schedule.start(self.calendar, epoch);
        self.calendar.first_thread(hour)
    }

    /// The step of a campaign that a thread of an epoch is, if it is fraud.
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

    /// The thread of a step of a campaign in an epoch.
    pub(crate) fn thread(&self, epoch: &Epoch, campaign: u64, number: u64) -> u64 {
        let stretch = &epoch.stretches[number as usize];
        let order = Permutation::new(epoch.campaigns);
        let place = order.forward(stretch.key, campaign);
        epoch.first_thread + stretch.offset(place)
    }

    /// A step of a campaign in an epoch.
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
        // Adjacent, non-overlapping positions, so that no minute of an hour has more fraud than
        // another.
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

/// The step of its pattern at which a campaign begins.
fn turn(key: Key) -> u64 {
    key.at(1 + STEPS).word() % STEPS
}

/// The threads of an epoch that contain one particular step of its campaigns. Its places are
/// counted from `shift` on, so that the leftover places are anywhere.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    key: Key,
    /// The first thread, counted within the epoch.
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

    /// The piece whose step is this thread of the epoch.
    #[inline]
    fn place(&self, offset: u64) -> Option<u64> {
        let in_stretch = offset - self.first;
        let before = if in_stretch < self.shift { self.len } else { 0 };
        let from_shift = in_stretch + before - self.shift;
        let (place, within) = (from_shift / self.piece, from_shift % self.piece);
        (place < self.campaigns && within == self.within(place)).then_some(place)
    }

    /// The thread of the epoch that is the step of this piece.
    fn offset(&self, place: u64) -> u64 {
        let from_shift = place * self.piece + self.within(place);
        self.first + (from_shift + self.shift) % self.len
    }

    fn within(&self, place: u64) -> u64 {
        below(self.key.at(place).word(), self.piece)
    }
}

impl Step {
    /// The number of the step that plays this role in a campaign.
    pub(crate) fn number_of(key: Key, role: u64) -> u64 {
        (role + STEPS - turn(key)) % STEPS
    }

    /// A random row of its thread that is not fraud.
    pub(crate) fn honest_row(&self) -> u64 {
        let (first, end) = self.rows;
        let row = below(
            self.key.at(2 + STEPS + self.number).word(),
            ROWS - (end - first),
        );
        if row < first { row } else { row + end - first }
    }
}
