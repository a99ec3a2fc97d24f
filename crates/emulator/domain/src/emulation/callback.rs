//! Callbacks: who is notified of a run's end.

use std::time::Duration;

use crate::time::Timestamp;

use super::{Emulation, GlobalStatus};

/// How long after a run's end a callback is retried, in seconds.
const PERIOD: f64 = 3600.0;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The event that a callback is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackEvent {
    /// The run has ended, in whatever way.
    Ended,
    /// It has failed.
    Failed,
}

impl CallbackEvent {
    /// All events, in the order in which they are sent.
    pub const ALL: [Self; 2] = [Self::Ended, Self::Failed];

    /// The name used in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Failed => "failed",
        }
    }
}

/// A callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The event.
    pub event: CallbackEvent,
    /// The receiver, in the form in which it may be stored.
    pub url: String,
    /// The state of the notification.
    pub state: CallbackState,
}

/// The state of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackState {
    /// The run has not ended.
    Waiting,
    /// The run ended in another way.
    NotNeeded,
    /// To be sent.
    Due {
        /// The number of failed attempts.
        attempts: u32,
        /// Why the last attempt failed, for people.
        error: Option<String>,
    },
    /// The receiver accepted it at this time.
    Delivered(Timestamp),
    /// It is not retried any more.
    Abandoned {
        /// When it was abandoned.
        at: Timestamp,
        /// Why, for people.
        error: String,
    },
}

impl CallbackState {
    /// The name used in responses.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::NotNeeded => "not needed",
            Self::Due { .. } => "due",
            Self::Delivered(_) => "delivered",
            Self::Abandoned { .. } => "abandoned",
        }
    }
}

/// The result of an attempt to notify a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackOutcome {
    /// It was accepted.
    Accepted,
    /// It was not accepted, for this reason; a retry may succeed.
    Retryable(String),
    /// It will never be accepted, for this reason.
    Refused(String),
}

impl Callback {
    /// A callback that waits for the run's end.
    pub const fn new(event: CallbackEvent, url: String) -> Self {
        let state = CallbackState::Waiting;
        Self { event, url, state }
    }

    /// Whether it is to be sent.
    pub const fn is_due(&self) -> bool {
        matches!(self.state, CallbackState::Due { .. })
    }

    /// The part of the receiver that may be shown: scheme and host. The rest of a URL may be a
    /// secret.
    pub fn host(&self) -> &str {
        let host = self.url.find("://").map_or(0, |at| at + "://".len());
        let end = self.url[host..].find(['/', '?', '#']);
        &self.url[..end.map_or(self.url.len(), |end| host + end)]
    }
}

/// Updates the callbacks of a run that has ended.
pub(super) fn end(callbacks: &mut [Callback], how: GlobalStatus) {
    for callback in callbacks {
        let is_due = match callback.event {
            CallbackEvent::Ended => true,
            CallbackEvent::Failed => how == GlobalStatus::Failed,
        };
        callback.state = match is_due {
            true => CallbackState::Due {
                attempts: 0,
                error: None,
            },
            false => CallbackState::NotNeeded,
        };
    }
}

impl Emulation {
    /// The run with these callbacks. To be called before it ends.
    #[must_use]
    pub fn with_callbacks(self, callbacks: Vec<Callback>) -> Self {
        Self { callbacks, ..self }
    }

    /// The callbacks, in the order of the events.
    pub fn callbacks(&self) -> &[Callback] {
        &self.callbacks
    }

    /// When the run ended, if no callback is due any more; until then the run must not be
    /// forgotten.
    pub fn settled_at(&self) -> Option<Timestamp> {
        let is_settled = !self.callbacks.iter().any(Callback::is_due);
        self.finished_at.filter(|_| is_settled)
    }

    /// Notes the result of an attempt to send a callback, if it was due. Returns the delay before
    /// the next attempt: a second, then doubling up to five minutes. `None` if there is no further
    /// attempt, because it was accepted, never will be, or the hour after the run's end is over.
    pub fn record_callback(
        &mut self,
        event: CallbackEvent,
        outcome: CallbackOutcome,
        now: Timestamp,
    ) -> Option<Duration> {
        let ended = self.finished_at?;
        let mut callbacks = self.callbacks.iter_mut();
        let callback = callbacks.find(|callback| callback.event == event)?;
        let CallbackState::Due { attempts, .. } = callback.state else {
            return None;
        };
        let (state, pause) = match outcome {
            CallbackOutcome::Accepted => (CallbackState::Delivered(now), None),
            CallbackOutcome::Retryable(error) if now.seconds_since(ended) < PERIOD => {
                let pause = (FIRST_PAUSE * (1 << attempts.min(16))).min(LONGEST_PAUSE);
                let attempts = attempts.saturating_add(1);
                let error = Some(error);
                (CallbackState::Due { attempts, error }, Some(pause))
            }
            CallbackOutcome::Retryable(error) | CallbackOutcome::Refused(error) => {
                (CallbackState::Abandoned { at: now, error }, None)
            }
        };
        callback.state = state;
        pause
    }
}

#[cfg(test)]
mod tests {
    use crate::Domain;
    use crate::emulation::{EmulationId, Outcome, RunFailure};
    use crate::plan::{EmulationPlan, Format, PlanSpec, Sink};

    use super::*;

    fn ended(outcome: Outcome) -> Emulation {
        let spec = PlanSpec::new(Domain::Transaction, Sink::Null, Format::Json);
        let plan = EmulationPlan::new(spec).unwrap();
        let all = CallbackEvent::ALL.map(|event| Callback::new(event, "https://a/b".to_owned()));
        let mut run = Emulation::new(EmulationId::of_plan(&plan), plan, Timestamp::EARLIEST)
            .with_callbacks(all.to_vec());
        assert_eq!(run.settled_at(), None);
        run.finish(outcome, Timestamp::EARLIEST).unwrap();
        run
    }

    fn names(run: &Emulation) -> Vec<&str> {
        let all = run.callbacks().iter();
        all.map(|callback| callback.state.name()).collect()
    }

    #[test]
    fn an_event_is_told_only_if_it_has_happened_and_until_then_the_run_is_not_settled() {
        let failed = Outcome::Failed(RunFailure::internal("why"));
        for (outcome, states) in [
            (Outcome::Completed, ["due", "not needed"]),
            (Outcome::Cancelled, ["due", "not needed"]),
            (failed, ["due", "due"]),
        ] {
            let mut run = ended(outcome);
            assert_eq!(names(&run), states);
            for event in CallbackEvent::ALL {
                assert_eq!(
                    run.settled_at().is_some(),
                    !run.callbacks().iter().any(Callback::is_due)
                );
                assert_eq!(
                    run.record_callback(event, CallbackOutcome::Accepted, Timestamp::LATEST),
                    None
                );
            }
            assert_eq!(run.settled_at(), run.finished_at());
        }
    }

    #[test]
    fn it_is_tried_with_growing_pauses_for_an_hour_and_once_at_least() {
        let why = || CallbackOutcome::Retryable("503".to_owned());
        let mut run = ended(Outcome::Completed);
        let (mut now, mut pauses) = (Timestamp::EARLIEST, Vec::new());
        while let Some(pause) = run.record_callback(CallbackEvent::Ended, why(), now) {
            assert!(run.callbacks()[0].is_due());
            now = now.moved(pause.as_micros() as i64);
            pauses.push(pause.as_secs());
        }
        assert_eq!(pauses[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        let last = now.seconds_since(Timestamp::EARLIEST);
        assert!((PERIOD..PERIOD + 300.0).contains(&last), "{last}");
        let abandoned = CallbackState::Abandoned {
            at: now,
            error: "503".to_owned(),
        };
        assert_eq!(run.callbacks()[0].state, abandoned);
        // The hour is over exactly at its end.
        let mut late = ended(Outcome::Completed);
        let end = Timestamp::EARLIEST.moved(PERIOD as i64 * 1_000_000);
        assert_eq!(late.record_callback(CallbackEvent::Ended, why(), end), None);
        // What is settled stays as it is.
        assert_eq!(
            run.record_callback(CallbackEvent::Ended, CallbackOutcome::Accepted, now),
            None
        );
        assert_eq!(run.callbacks()[0].state, abandoned);
        let mut run = ended(Outcome::Completed);
        let never = CallbackOutcome::Refused("410".to_owned());
        assert_eq!(
            run.record_callback(CallbackEvent::Ended, never, Timestamp::EARLIEST),
            None
        );
        assert_eq!(names(&run)[0], "abandoned");
    }

    #[test]
    fn of_a_url_only_scheme_and_host_are_shown() {
        for (url, shown) in [
            (
                "https://a.example:8443/secret?token=1",
                "https://a.example:8443",
            ),
            ("http://[::1]?secret", "http://[::1]"),
            ("https://a.example", "https://a.example"),
        ] {
            let callback = Callback::new(CallbackEvent::Ended, url.to_owned());
            assert_eq!(callback.host(), shown);
        }
    }
}
