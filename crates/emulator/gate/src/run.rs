//! A run of a world for measurement: its payments in columns, and the entities they refer to.

mod contract;
mod payments;
mod world;

use emulator_domain::Seed;

pub use payments::Payments;

/// The measured period: six months.
pub(crate) const DAYS: u64 = 182;
/// The same in months.
pub(crate) const MONTHS: f64 = DAYS as f64 / 30.4375;

/// The payments that are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// The world of payments.
    Payments,
    /// The transactions of the contract's domain.
    Contract,
}

impl World {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Contract => "contract",
        }
    }
}

/// The plan of a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The world.
    pub world: World,
    /// The approximate number of payments per run.
    pub records: u64,
    /// The difficulty; ignored for the contract's domain.
    pub difficulty: f64,
}

/// The number of payments is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "got {records}; expected {} to {} payments: with fewer there are not enough frauds to tell one \
     model from another",
    Plan::FEWEST,
    Plan::MOST
)]
pub struct TooFew {
    records: u64,
}

impl Plan {
    /// The minimum: about 250 payments of each of the 1,000 customers that a world has at least,
    /// and 750 frauds.
    pub const FEWEST: u64 = 300_000;
    /// The maximum that fits 32-bit positions.
    pub const MOST: u64 = 1_000_000_000;

    /// A plan for about this many payments.
    ///
    /// # Errors
    /// If the number is out of range.
    pub fn new(world: World, records: u64) -> Result<Self, TooFew> {
        if !(Self::FEWEST..=Self::MOST).contains(&records) {
            return Err(TooFew { records });
        }
        let difficulty = emulator_world::Settings::default().difficulty;
        Ok(Self {
            world,
            records,
            difficulty,
        })
    }
}

/// A customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payer {
    /// Whether there is a customer with this number.
    pub(crate) exists: bool,
    /// Hours by which local time at home is ahead of UTC.
    pub(crate) offset: i64,
    /// Whether the person is a customer for the whole time.
    pub(crate) stays: bool,
}

/// The references that were checked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct References {
    pub(crate) followed: u64,
    pub(crate) broken: u64,
}

impl References {
    pub(crate) fn follow(&mut self, leads_to_it: bool) {
        self.followed += 1;
        self.broken += u64::from(!leads_to_it);
    }
}

/// A run.
#[derive(Debug)]
pub struct Run {
    /// The plan.
    pub plan: Plan,
    /// The payments.
    pub payments: Payments,
    /// For each customer, the positions of their payments in chronological order.
    pub(crate) by_payer: ByPayer,
    /// Customers by number.
    pub(crate) payers: Vec<Payer>,
    /// The city of each merchant; `None` if it is online.
    pub(crate) cities: Vec<Option<u8>>,
    /// The network of each card.
    pub(crate) networks: Vec<u8>,
    pub(crate) references: References,
    /// The first day, in days since 1970.
    pub(crate) first_day: i64,
}

impl Run {
    /// The number of people, including those who never pay.
    pub fn people(&self) -> usize {
        self.payers.iter().filter(|payer| payer.exists).count()
    }

    /// Reads a run: `population` is the seed of the people, `seed` that of what they do. `read` is
    /// called with the number of payments read since the last call.
    pub fn read(plan: Plan, population: Seed, seed: Seed, read: &(dyn Fn(u64) + Sync)) -> Self {
        match plan.world {
            World::Payments => world::read(plan, population, seed, read),
            World::Contract => contract::read(plan, population, seed, read),
        }
    }
}

/// Positions of payments by payer.
#[derive(Debug)]
pub(crate) struct ByPayer {
    ends: Vec<u32>,
    order: Vec<u32>,
}

impl ByPayer {
    pub(crate) fn new(payments: &Payments, payers: usize) -> Self {
        let mut ends = vec![0; payers];
        for payer in &payments.payers {
            ends[*payer as usize] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum - *end;
        }
        let mut order = vec![0; payments.len()];
        for (position, payer) in payments.payers.iter().enumerate() {
            let place = &mut ends[*payer as usize];
            order[*place as usize] = position as u32;
            *place += 1;
        }
        let mut all = Self { ends, order };
        for payer in 0..payers {
            let range = all.range(payer);
            // Those of the contract are booked before or after they happen.
            all.order[range].sort_by_key(|position| payments.times[*position as usize]);
        }
        all
    }

    fn range(&self, payer: usize) -> std::ops::Range<usize> {
        let start = payer.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[payer] as usize
    }

    /// The payments of each customer.
    pub(crate) fn each(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.ends.len()).map(|payer| &self.order[self.range(payer)])
    }
}
