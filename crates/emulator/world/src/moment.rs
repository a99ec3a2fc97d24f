//! The state shared by the payments of an hour.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use emulator_domain::Seed;

use crate::calendar::Hour;
use crate::campaigns::Epoch;

/// What a payment shares with the others of its hour.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) hour: Hour,
    pub(crate) epoch: Epoch,
}

/// A cache of the latest moments: the payments of an hour are generated in many pieces.
#[derive(Debug, Default)]
pub(crate) struct Moments(Mutex<VecDeque<(Seed, Arc<Moment>)>>);

impl Moments {
    /// More than there are cores, each of which uses one or two.
    const KEPT: usize = 32;

    pub(crate) fn of(&self, seed: Seed, hour: u64, make: impl FnOnce() -> Moment) -> Arc<Moment> {
        // Every statement leaves it consistent.
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |(of, moment): &&(Seed, Arc<Moment>)| *of == seed && moment.hour.number == hour;
        if let Some((_, moment)) = kept().iter().find(is_it) {
            return moment.clone();
        }
        let moment = Arc::new(make());
        let mut kept = kept();
        kept.truncate(Self::KEPT - 1);
        kept.push_front((seed, moment.clone()));
        moment
    }
}
