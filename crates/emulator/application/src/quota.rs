//! How much a caller may have going on.

use emulator_domain::emulation::Emulation;

/// What a caller may have at once; nothing means as much as there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Runs that wait or run.
    pub runs: Option<u32>,
    /// Records a second, of all of them together.
    pub rate: Option<u32>,
}

/// A caller who may not have more than that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// As the caller's runs name their owner.
    pub owner: String,
    /// What that owner may have.
    pub quota: Quota,
}

/// The caller would have more than that. What is steered counts as the caller's own, whoever started
/// it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OverQuota {
    /// Too many runs.
    #[error(
        "{owner} has {has} runs that wait or run, and may have {most}; wait until one ends, or stop or pause one"
    )]
    Runs {
        /// Whose.
        owner: String,
        /// So many without this one.
        has: usize,
        /// So many at most.
        most: u32,
    },
    /// Too many records.
    #[error(
        "{owner} may have {most} records a second, all runs together, and has {has} without this one, which has up to {asked}"
    )]
    Rate {
        /// Whose.
        owner: String,
        /// The others, at their busiest.
        has: f64,
        /// This one, at its busiest.
        asked: f64,
        /// So many at most.
        most: u32,
    },
    /// Nothing says how many records there are a second.
    #[error(
        "{owner} may have {most} records a second, all runs together, so each has to keep a rate: ask for pace realtime, and for data without times of their own"
    )]
    Unbounded {
        /// Whose.
        owner: String,
        /// So many at most.
        most: u32,
    },
}

impl OverQuota {
    /// Whether the same may be right later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Runs { .. } => true,
            Self::Rate { asked, most, .. } => *asked <= f64::from(*most),
            Self::Unbounded { .. } => false,
        }
    }
}

/// What a run that is under way takes of its owner's quota.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    owner: Option<String>,
    /// Records a second at its busiest; endless, if nothing is known of that.
    rate: f64,
}

impl Share {
    pub(crate) fn of(run: &Emulation) -> Self {
        Self {
            owner: run.owner().map(str::to_owned),
            rate: run.plan().peak_rate().unwrap_or(f64::INFINITY),
        }
    }

    /// Whether a caller may have it beside `others`.
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
