//! A run of a world as it is measured: its payments in columns, and what belongs to them.

mod contract;
mod payments;
mod world;

use emulator_domain::Seed;

pub use payments::Payments;

/// Days that are measured: six months.
pub(crate) const DAYS: u64 = 182;
/// The same in months.
pub(crate) const MONTHS: f64 = DAYS as f64 / 30.4375;

/// Which payments are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Those of the world of payments.
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

/// What is to be measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Of which world.
    pub world: World,
    /// About how many payments a run has.
    pub records: u64,
    /// How much fraud hides; the contract's hides as it does.
    pub difficulty: f64,
}

/// So few payments tell nothing.
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
    /// Payments that are needed: about 250 of each of the 1,000 customers whom a world has at least,
    /// and 750 frauds.
    pub const FEWEST: u64 = 300_000;
    /// What positions of 32 bits count.
    pub const MOST: u64 = 1_000_000_000;

    /// A sample of about so many payments.
    ///
    /// # Errors
    /// If there are too few.
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

/// Somebody who pays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payer {
    /// Whether the number is somebody's.
    pub(crate) exists: bool,
    /// Hours that the clocks at home are ahead of UTC.
    pub(crate) offset: i64,
    /// Whether they are customers all the time.
    pub(crate) stays: bool,
}

/// References that were followed.
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
    /// What was asked for.
    pub plan: Plan,
    /// Its payments.
    pub payments: Payments,
    /// For each customer the positions of their payments in the order of time.
    pub(crate) by_payer: ByPayer,
    /// Customers by number.
    pub(crate) payers: Vec<Payer>,
    /// For each merchant its city, if it is in one.
    pub(crate) cities: Vec<Option<u8>>,
    /// For each card its network.
    pub(crate) networks: Vec<u8>,
    pub(crate) references: References,
    /// The day on which it begins, from 1970.
    pub(crate) first_day: i64,
}

impl Run {
    /// How many people there are, those who never pay among them.
    pub fn people(&self) -> usize {
        self.payers.iter().filter(|payer| payer.exists).count()
    }

    /// Reads a run: `population` decides who is there, `seed` what they do. `read` is told how many more
    /// payments there are.
    pub fn read(plan: Plan, population: Seed, seed: Seed, read: &(dyn Fn(u64) + Sync)) -> Self {
        match plan.world {
            World::Payments => world::read(plan, population, seed, read),
            World::Contract => contract::read(plan, population, seed, read),
        }
    }
}

/// Positions of payments by who made them.
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
