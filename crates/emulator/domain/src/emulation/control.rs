//! The changes that can be made to a run under way.

use crate::plan::Pace;
use crate::time::Timestamp;
use crate::{Change, ChangeError};

use super::{Emulation, GlobalStatus, InvalidTag, LifeCycleError, RequestKey, TagChange, Tags};

/// The maximum number of changes of a run: all of them are saved with each of its states.
pub const MOST_CHANGES: usize = 1000;

/// Why a change to a run is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// It has ended.
    #[error(
        "it is {0} already; only a run that is processing or paused can be paused, resumed, \
         cancelled or given another rate. Its name and labels can still be changed; to deliver the \
         same records again, start a run with the plan of its manifest"
    )]
    Finished(GlobalStatus),
    /// It does not keep to a rate.
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
    /// The name or a label is invalid.
    #[error(transparent)]
    Tag(#[from] InvalidTag),
    /// The timeline does not allow it.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// A requested change to a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Order {
    /// The change of its rate.
    pub change: Option<Change>,
    /// The change of its tags.
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
    /// Checks that another change, such as a pause, is possible.
    ///
    /// # Errors
    /// If the run has ended, or was changed too often.
    pub fn changeable(&self) -> Result<(), ControlError> {
        self.unfinished()?;
        match self.plan.changes().len() < MOST_CHANGES {
            true => Ok(()),
            false => Err(ControlError::TooMany),
        }
    }

    /// Pauses the run at `now`; a paused run stays paused.
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

    /// Resumes the run at `now`; a run that is not paused is unaffected.
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

    /// The run with these tags.
    #[must_use]
    pub fn tagged(self, tags: Tags) -> Self {
        Self { tags, ..self }
    }

    /// The run with this idempotency key.
    #[must_use]
    pub fn asked_with(self, request: RequestKey) -> Self {
        let request = Some(request);
        Self { request, ..self }
    }

    /// The run with this owner, whose name is unique.
    #[must_use]
    pub fn owned_by(self, owner: Option<String>) -> Self {
        Self { owner, ..self }
    }

    /// The owner, if known.
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// Its name and labels.
    pub const fn tags(&self) -> &Tags {
        &self.tags
    }

    /// The idempotency key of its request.
    pub const fn request(&self) -> Option<&RequestKey> {
        self.request.as_ref()
    }

    /// Applies the order at `now`: all of it, or nothing if a part is refused. The tags of a run
    /// that has ended can still be changed.
    ///
    /// # Errors
    /// As for [`rerate`](Self::rerate), and if a tag is invalid.
    pub fn obey(&mut self, order: &Order, now: Timestamp) -> Result<(), ControlError> {
        let tags = self.tags.changed(&order.tags)?;
        if let Some(change) = &order.change {
            self.rerate(change.clone(), now)?;
        }
        self.tags = tags;
        Ok(())
    }

    /// Changes the rate from `now` on; for a paused run, once it is resumed.
    ///
    /// # Errors
    /// If it has ended, has no rate, or was changed too often, or if the rate would be out of
    /// range. In that case nothing is changed.
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

    /// The given moment, or the first after everything already generated if that is later: what was
    /// generated must not change.
    fn after_the_last(&self, now: Timestamp) -> Timestamp {
        now.max(self.latest_moment().moved(1))
    }
}
