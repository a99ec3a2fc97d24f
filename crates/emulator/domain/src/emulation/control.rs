//! What somebody can have a run do while it is under way.

use crate::plan::Pace;
use crate::time::Timestamp;
use crate::{Change, ChangeError};

use super::{Emulation, GlobalStatus, InvalidTag, LifeCycleError, RequestKey, TagChange, Tags};

/// The most changes of a run that are kept: all of them are written down at each of its steps.
pub const MOST_CHANGES: usize = 1000;

/// Why a run does not do that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// It has ended.
    #[error("it is {0} already; only a run that is processing or paused can be changed")]
    Finished(GlobalStatus),
    /// It has no rate that it keeps.
    #[error(
        "it does not wait for event times; only a run whose pace is realtime has a rate to change"
    )]
    Unlimited,
    /// Its records have times of their own.
    #[error(
        "its records have times of their own, which no rate changes; start a run of other data"
    )]
    OwnTime,
    /// It was changed too often.
    #[error("it was changed {MOST_CHANGES} times, which is the most; start a new run")]
    TooMany,
    /// It cannot be called that.
    #[error(transparent)]
    Tag(#[from] InvalidTag),
    /// The timeline does not take it.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// What somebody wants to be another for a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Order {
    /// Its rate.
    pub change: Option<Change>,
    /// Its tags.
    pub tags: TagChange,
}

impl From<LifeCycleError> for ControlError {
    fn from(error: LifeCycleError) -> Self {
        match error {
            LifeCycleError::Finished(status) => Self::Finished(status),
            LifeCycleError::NotAcknowledged { .. } => Self::Finished(GlobalStatus::Processing),
        }
    }
}

impl Emulation {
    /// Whether there is room for another change, such as a pause.
    ///
    /// # Errors
    /// If it has ended, or was changed too often.
    pub fn changeable(&self) -> Result<(), ControlError> {
        self.unfinished()?;
        match self.plan.changes().len() < MOST_CHANGES {
            true => Ok(()),
            false => Err(ControlError::TooMany),
        }
    }

    /// Nothing more is generated from `now` on, until it is resumed. One that is paused stays so.
    ///
    /// # Errors
    /// If it has ended.
    pub fn pause(&mut self, now: Timestamp) -> Result<(), LifeCycleError> {
        self.unfinished()?;
        if self.paused_at.is_none() {
            self.paused_at = Some(self.after_the_last(now));
            self.status = GlobalStatus::Paused;
            self.lag_seconds = 0.0;
        }
        Ok(())
    }

    /// It goes on at `now`. One that is not paused goes on as it did.
    ///
    /// # Errors
    /// If it has ended.
    pub fn resume(&mut self, now: Timestamp) -> Result<(), ControlError> {
        self.unfinished()?;
        if let Some(since) = self.paused_at {
            self.plan.halt(since, now, self.counts.generated)?;
            self.paused_at = None;
            self.status = GlobalStatus::Processing;
        }
        Ok(())
    }

    /// The same with these tags.
    #[must_use]
    pub fn tagged(self, tags: Tags) -> Self {
        Self { tags, ..self }
    }

    /// The same, asked for with that key.
    #[must_use]
    pub fn asked_with(self, request: RequestKey) -> Self {
        let request = Some(request);
        Self { request, ..self }
    }

    /// The same, asked for by somebody of this name, which nobody else has.
    #[must_use]
    pub fn owned_by(self, owner: Option<String>) -> Self {
        Self { owner, ..self }
    }

    /// Who asked for it, if that is known.
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// What people call it.
    pub const fn tags(&self) -> &Tags {
        &self.tags
    }

    /// What it was asked for with.
    pub const fn request(&self) -> Option<&RequestKey> {
        self.request.as_ref()
    }

    /// It is as the order says from `now` on: all of it, or nothing if part of it is refused. A run
    /// that has ended can still be called something else.
    ///
    /// # Errors
    /// As for [`rerate`](Self::rerate), and if it cannot be called that.
    pub fn obey(&mut self, order: &Order, now: Timestamp) -> Result<(), ControlError> {
        let tags = self.tags.changed(&order.tags)?;
        if let Some(change) = &order.change {
            self.rerate(change.clone(), now)?;
        }
        self.tags = tags;
        Ok(())
    }

    /// Its records come at another rate from `now` on; of a paused run, once it is resumed.
    ///
    /// # Errors
    /// If it has ended, has no rate, or was changed too often; or if the rate would be more than can
    /// be. Nothing is changed then.
    pub fn rerate(&mut self, change: Change, now: Timestamp) -> Result<(), ControlError> {
        self.changeable()?;
        if self.plan.pace() == Pace::Unlimited {
            return Err(ControlError::Unlimited);
        }
        if !self.plan.is_timed() {
            return Err(ControlError::OwnTime);
        }
        let now = self.after_the_last(now);
        let mut plan = self.plan.clone();
        if let Some(since) = self.paused_at {
            plan.halt(since, now, self.counts.generated)?;
        }
        plan.retime(change, now)?;
        self.plan = plan;
        self.paused_at = self.paused_at.map(|_| now);
        Ok(())
    }

    /// Since when it is paused.
    pub const fn paused_at(&self) -> Option<Timestamp> {
        self.paused_at
    }

    /// The moment, or the first at which all that it has generated has happened: nothing of that is
    /// to change.
    fn after_the_last(&self, now: Timestamp) -> Timestamp {
        now.max(self.latest_moment().moved(1))
    }
}
