//! Who is told of a run's end.

use std::time::Duration;

use crate::time::Timestamp;

use super::{Emulation, GlobalStatus};

/// For how long after a run's end somebody is told of it who does not answer, in seconds.
const PERIOD: f64 = 3600.0;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Of what somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackEvent {
    /// The run has ended, in whatever way.
    Ended,
    /// It has failed.
    Failed,
}

impl CallbackEvent {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 2] = [Self::Ended, Self::Failed];

    /// As requests name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Failed => "failed",
        }
    }
}

/// Somebody who is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Of what.
    pub event: CallbackEvent,
    /// Where, as far as it may be kept.
    pub url: String,
    /// Whether that was done.
    pub state: CallbackState,
}

/// Whether somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackState {
    /// The run has not ended.
    Waiting,
    /// It has ended in another way.
    NotNeeded,
    /// To be told.
    Due {
        /// How often that was tried in vain.
        attempts: u32,
        /// Why it failed last, for people.
        error: Option<String>,
    },
    /// The receiver has taken it, at that time.
    Delivered(Timestamp),
    /// It is not tried again.
    Abandoned {
        /// Since when.
        at: Timestamp,
        /// Why, for people.
        error: String,
    },
}

impl CallbackState {
    /// As answers name it.
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

/// What came of an attempt to tell somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was taken.
    Taken,
    /// It was not, for this reason, and may be later.
    NotNow(String),
    /// It never will be, for this reason.
    Never(String),
}

impl Callback {
    /// One that waits for the run's end.
    pub const fn new(event: CallbackEvent, url: String) -> Self {
        let state = CallbackState::Waiting;
        Self { event, url, state }
    }

    /// Whether it is to be told.
    pub const fn is_due(&self) -> bool {
        matches!(self.state, CallbackState::Due { .. })
    }

    /// Where it goes as far as anybody may know: the scheme and the host. The rest of a URL may be a
    /// secret.
    pub fn host(&self) -> &str {
        let host = self.url.find("://").map_or(0, |at| at + "://".len());
        let end = self.url[host..].find(['/', '?', '#']);
        &self.url[..end.map_or(self.url.len(), |end| host + end)]
    }
}

/// The run has ended like this.
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
    /// The same, of whose end these are told. To be asked for before it ends.
    #[must_use]
    pub fn telling(self, callbacks: Vec<Callback>) -> Self {
        Self { callbacks, ..self }
    }

    /// Who is told of its end, in the order of the events.
    pub fn callbacks(&self) -> &[Callback] {
        &self.callbacks
    }

    /// When it ended, if everybody was told of it who is to be: before that it must not be forgotten.
    pub fn settled_at(&self) -> Option<Timestamp> {
        let is_settled = !self.callbacks.iter().any(Callback::is_due);
        self.finished_at.filter(|_| is_settled)
    }

    /// Notes what came of telling somebody of an event, if that was due. Gives how long to wait before
    /// it is tried again: a second, then twice as long each time, five minutes at most; `None` if it is
    /// not, because it was taken or never will be, or the hour after the run's end is over.
    pub fn told(&mut self, event: CallbackEvent, told: Told, now: Timestamp) -> Option<Duration> {
        let ended = self.finished_at?;
        let mut callbacks = self.callbacks.iter_mut();
        let callback = callbacks.find(|callback| callback.event == event)?;
        let CallbackState::Due { attempts, .. } = callback.state else {
            return None;
        };
        let (state, pause) = match told {
            Told::Taken => (CallbackState::Delivered(now), None),
            Told::NotNow(error) if now.seconds_since(ended) < PERIOD => {
                let pause = (FIRST_PAUSE * (1 << attempts.min(16))).min(LONGEST_PAUSE);
                let attempts = attempts.saturating_add(1);
                let error = Some(error);
                (CallbackState::Due { attempts, error }, Some(pause))
            }
            Told::NotNow(error) | Told::Never(error) => {
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
            .telling(all.to_vec());
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
                assert_eq!(run.told(event, Told::Taken, Timestamp::LATEST), None);
            }
            assert_eq!(run.settled_at(), run.finished_at());
        }
    }

    #[test]
    fn it_is_tried_with_growing_pauses_for_an_hour_and_once_at_least() {
        let why = || Told::NotNow("503".to_owned());
        let mut run = ended(Outcome::Completed);
        let (mut now, mut pauses) = (Timestamp::EARLIEST, Vec::new());
        while let Some(pause) = run.told(CallbackEvent::Ended, why(), now) {
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
        // What is settled stays as it is.
        assert_eq!(run.told(CallbackEvent::Ended, Told::Taken, now), None);
        assert_eq!(run.callbacks()[0].state, abandoned);
        let mut run = ended(Outcome::Completed);
        let never = Told::Never("410".to_owned());
        assert_eq!(
            run.told(CallbackEvent::Ended, never, Timestamp::EARLIEST),
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
