//! How much a caller may have under way.

use emulator_domain::emulation::Emulation;

/// The limits of a caller; an absent one means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Runs that wait or run.
    pub runs: Option<u32>,
    /// Records per second, over all of them.
    pub rate: Option<u32>,
}

/// A caller with a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// The owner's name, as in the caller's runs.
    pub owner: String,
    /// The quota of that owner.
    pub quota: Quota,
}

/// The caller would exceed the quota. A run that the caller resumes or changes counts as the
/// caller's own, whoever started it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OverQuota {
    /// Too many runs.
    #[error(
        "{owner} has {has} runs that wait or run, and may have {most}; wait until one ends, or stop or pause one"
    )]
    Runs {
        /// The owner.
        owner: String,
        /// Runs, without this one.
        has: usize,
        /// The limit.
        most: u32,
    },
    /// Too many records per second.
    #[error(
        "{owner} may have {most} records a second, all runs together, and has {has} without this one, which has up to {asked}"
    )]
    Rate {
        /// The owner.
        owner: String,
        /// The peak rate of the others.
        has: f64,
        /// The peak rate of this one.
        asked: f64,
        /// The limit.
        most: u32,
    },
    /// The rate of the run is not bounded.
    #[error(
        "{owner} may have {most} records a second, all runs together, so each has to keep a rate: ask for pace realtime, and for data without times of their own"
    )]
    Unbounded {
        /// The owner.
        owner: String,
        /// The limit.
        most: u32,
    },
}

impl OverQuota {
    /// Whether the same request may succeed later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Runs { .. } => true,
            Self::Rate { asked, most, .. } => *asked <= f64::from(*most),
            Self::Unbounded { .. } => false,
        }
    }
}

/// What a run under way counts against its owner's quota.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    owner: Option<String>,
    /// The peak rate in records per second; infinite if it is not bounded.
    rate: f64,
}

impl Share {
    pub(crate) fn of(run: &Emulation) -> Self {
        Self {
            owner: run.owner().map(str::to_owned),
            rate: run.plan().peak_rate().unwrap_or(f64::INFINITY),
        }
    }

    /// Whether the quota allows this share in addition to `others`.
    pub(crate) fn fits<'s>(
        &self,
        limited: &Limited,
        others: impl Iterator<Item = &'s Self>,
    ) -> Result<(), OverQuota> {
        let Limited { owner, quota } = limited.clone();
        let own = others.filter(|other| other.owner.as_ref() == Some(&owner));
        let rates: Vec<f64> = own.map(|other| other.rate).collect();
        let has = rates.len();
        if let Some(most) = quota.runs.filter(|most| has as u64 >= u64::from(*most)) {
            return Err(OverQuota::Runs { owner, has, most });
        }
        let Some(most) = quota.rate else {
            return Ok(());
        };
        let (has, asked) = (rates.iter().sum::<f64>(), self.rate);
        if asked.is_infinite() {
            return Err(OverQuota::Unbounded { owner, most });
        }
        match has + asked > f64::from(most) {
            true => Err(OverQuota::Rate {
                owner,
                has,
                asked,
                most,
            }),
            false => Ok(()),
        }
    }
}
