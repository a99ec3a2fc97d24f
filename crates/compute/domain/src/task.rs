//! A task from its acceptance to the delivery of its callback.

mod callback;
mod status;
#[cfg(test)]
mod tests;

pub use callback::{CALLBACK_PERIOD, CallbackState, callback_pause};
pub use status::TaskStatus;

use std::fmt;

use uuid::Uuid;

use crate::{ObjectKey, Timestamp};

/// The id of a task, chosen by its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(Uuid);

impl TaskId {
    /// From a UUID.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// Parses a UUID; `None` if the text is not one.
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
    /// Why it failed, for people. It has no outputs.
    Failed(String),
}

/// The complete state of a task, for storage and display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSnapshot {
    /// The task's id.
    pub id: TaskId,
    /// Its input objects, in the order of the service's fields.
    pub inputs: Vec<ObjectKey>,
    /// Receives the callback when the task ends.
    pub callback_url: String,
    /// When each status began, in order; the first is [`TaskStatus::Pending`], its acceptance.
    pub phases: Vec<(TaskStatus, Timestamp)>,
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
    /// The state of the callback to its sender.
    pub callback: CallbackState,
}

/// A task from its acceptance to the delivery of its callback.
///
/// It goes pending → fetching → processing → saving → finished, or from any of these to error. It
/// ends once; later events change nothing. From then on, the callback is retried until its sender
/// answers, or for [`CALLBACK_PERIOD`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task(TaskSnapshot);

/// A change that the task's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a task that is {from} cannot become {to}")]
pub struct TaskError {
    /// Its status.
    pub from: TaskStatus,
    /// The requested status.
    pub to: TaskStatus,
}

impl Task {
    /// A task that has just been accepted.
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

    /// Restores a stored task; `None` if its state is inconsistent.
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

    /// Its complete state.
    pub fn snapshot(&self) -> &TaskSnapshot {
        &self.0
    }

    /// Its id.
    pub fn id(&self) -> TaskId {
        self.0.id
    }

    /// Its current status.
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

    /// Whether its callback is still to be delivered.
    pub fn is_callback_due(&self) -> bool {
        matches!(self.0.callback, CallbackState::Due { .. })
    }

    /// Moves on to fetching, processing or saving.
    ///
    /// # Errors
    /// If that status is not ahead of the current one.
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

    /// Ends the task.
    ///
    /// # Errors
    /// If it has already ended, or would finish without having reached saving.
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

    /// Starts the task again, because the process that worked on it is gone. No effect on a task
    /// that has ended.
    pub fn restart(&mut self) {
        if !self.status().is_end() {
            self.0.phases.truncate(1);
        }
    }

    /// Records that its sender has acknowledged the callback.
    pub fn callback_delivered(&mut self, now: Timestamp) {
        if self.is_callback_due() {
            self.0.callback = CallbackState::Delivered(now);
        }
    }

    /// Records that its sender has rejected the callback for good, or could not be reached for
    /// [`CALLBACK_PERIOD`].
    pub fn callback_abandoned(&mut self, why: String, now: Timestamp) {
        if self.is_callback_due() {
            self.0.callback = CallbackState::Abandoned { at: now, why };
        }
    }

    /// Records a failed attempt. Returns how long to wait before the next; `None` if the time for
    /// attempts is over and the callback is abandoned.
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
