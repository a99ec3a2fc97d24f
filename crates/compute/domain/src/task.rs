//! A task from acceptance to the answer of its sender.

mod callback;
mod status;
#[cfg(test)]
mod tests;

pub use callback::{CALLBACK_PERIOD, CallbackState, callback_pause};
pub use status::TaskStatus;

use std::fmt;

use uuid::Uuid;

use crate::{ObjectKey, Timestamp};

/// Names a task; its sender draws it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(Uuid);

impl TaskId {
    /// From a UUID.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// From a UUID's text; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// The UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its outputs are stored, one for each field of the service, in the order of the fields.
    Finished(Vec<ObjectKey>),
    /// Why it failed, for people. Nothing counts as output.
    Failed(String),
}

/// All that is known of a task, as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSnapshot {
    /// Names it.
    pub id: TaskId,
    /// Its input objects, in the order of the service's fields.
    pub inputs: Vec<ObjectKey>,
    /// Where its end is reported to.
    pub callback_url: String,
    /// When each status began, in order; the first is [`TaskStatus::Pending`], its acceptance.
    pub phases: Vec<(TaskStatus, Timestamp)>,
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
    /// Whether its sender knows of the end.
    pub callback: CallbackState,
}

/// A task from acceptance to the answer of its sender.
///
/// It goes pending → fetching → processing → saving → finished, or from any of these to error. It
/// ends once: what comes later changes nothing. When it has ended, its sender is told until the
/// sender answers, or for [`CALLBACK_PERIOD`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task(TaskSnapshot);

/// A task was told to do what its state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a task that is {from} cannot become {to}")]
pub struct TaskError {
    /// Its status.
    pub from: TaskStatus,
    /// The status that it was to have.
    pub to: TaskStatus,
}

impl Task {
    /// A task that was accepted just now.
    pub fn accepted(
        id: TaskId,
        inputs: Vec<ObjectKey>,
        callback_url: String,
        now: Timestamp,
    ) -> Self {
        Self(TaskSnapshot {
            id,
            inputs,
            callback_url,
            phases: vec![(TaskStatus::Pending, now)],
            outcome: None,
            callback: CallbackState::NotDue,
        })
    }

    /// A task that was kept; `None` if such a task cannot be.
    pub fn restore(snapshot: TaskSnapshot) -> Option<Self> {
        let status = snapshot.phases.last()?.0;
        let consistent = match snapshot.outcome {
            None => !status.is_end() && snapshot.callback == CallbackState::NotDue,
            Some(Outcome::Finished(_)) => status == TaskStatus::Finished,
            Some(Outcome::Failed(_)) => status == TaskStatus::Error,
        };
        let begins = snapshot.phases[0].0 == TaskStatus::Pending;
        let told = snapshot.outcome.is_none() || snapshot.callback != CallbackState::NotDue;
        (begins && consistent && told).then_some(Self(snapshot))
    }

    /// All that is known of it.
    pub fn snapshot(&self) -> &TaskSnapshot {
        &self.0
    }

    /// Names it.
    pub fn id(&self) -> TaskId {
        self.0.id
    }

    /// Where it is on its way.
    pub fn status(&self) -> TaskStatus {
        self.0
            .phases
            .last()
            .map_or(TaskStatus::Pending, |(status, _)| *status)
    }

    /// When it was accepted.
    pub fn accepted_at(&self) -> Timestamp {
        self.0
            .phases
            .first()
            .map_or_else(Timestamp::default, |(_, at)| *at)
    }

    /// When it ended, if it has.
    pub fn ended_at(&self) -> Option<Timestamp> {
        let (status, at) = self.0.phases.last()?;
        status.is_end().then_some(*at)
    }

    /// How it ended, if it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.0.outcome.as_ref()
    }

    /// Whether its sender is still to be told.
    pub fn is_callback_due(&self) -> bool {
        matches!(self.0.callback, CallbackState::Due { .. })
    }

    /// Goes on to fetching, processing or saving.
    ///
    /// # Errors
    /// If that is not ahead of where it is.
    pub fn advance(&mut self, to: TaskStatus, now: Timestamp) -> Result<(), TaskError> {
        if to.is_end() || !self.status().leads_to(to) {
            return Err(TaskError {
                from: self.status(),
                to,
            });
        }
        self.0.phases.push((to, now));
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// If it has ended already, or finishes without having come to saving.
    pub fn end(&mut self, outcome: Outcome, now: Timestamp) -> Result<(), TaskError> {
        let to = match outcome {
            Outcome::Finished(_) => TaskStatus::Finished,
            Outcome::Failed(_) => TaskStatus::Error,
        };
        if !self.status().leads_to(to) {
            return Err(TaskError {
                from: self.status(),
                to,
            });
        }
        self.0.phases.push((to, now));
        self.0.outcome = Some(outcome);
        self.0.callback = CallbackState::Due {
            attempts: 0,
            last_error: None,
        };
        Ok(())
    }

    /// Begins again, because the process that worked on it has ended. Nothing happens to a task
    /// that has ended.
    pub fn restart(&mut self) {
        if !self.status().is_end() {
            self.0.phases.truncate(1);
        }
    }

    /// Its sender has answered that it knows of the end.
    pub fn callback_delivered(&mut self, now: Timestamp) {
        if self.is_callback_due() {
            self.0.callback = CallbackState::Delivered(now);
        }
    }

    /// Its sender has refused the news for good, or it could not be told for
    /// [`CALLBACK_PERIOD`].
    pub fn callback_abandoned(&mut self, why: String, now: Timestamp) {
        if self.is_callback_due() {
            self.0.callback = CallbackState::Abandoned { at: now, why };
        }
    }

    /// Its sender was not reached. Gives how long to wait before the next attempt; `None` if the
    /// time for attempts is over, and the callback abandoned.
    pub fn callback_failed(&mut self, why: String, now: Timestamp) -> Option<std::time::Duration> {
        let CallbackState::Due { attempts, .. } = &self.0.callback else {
            return None;
        };
        let attempts = attempts.saturating_add(1);
        let age = now.since(self.ended_at().unwrap_or(now));
        if age >= CALLBACK_PERIOD {
            self.callback_abandoned(why, now);
            return None;
        }
        self.0.callback = CallbackState::Due {
            attempts,
            last_error: Some(why),
        };
        Some(callback_pause(attempts))
    }
}
