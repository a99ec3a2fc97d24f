//! The stored form of callbacks, which announce the end of a run.

use emulator_domain::Timestamp;
use emulator_domain::emulation::{Callback, CallbackEvent, CallbackState};
use serde::{Deserialize, Serialize};

/// A callback. Times are microseconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallbackRow {
    event: String,
    url: String,
    state: StateRow,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StateRow {
    Waiting,
    NotNeeded,
    Due {
        attempts: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    Delivered {
        at: i64,
    },
    Abandoned {
        at: i64,
        error: String,
    },
}

impl From<&Callback> for CallbackRow {
    fn from(callback: &Callback) -> Self {
        let state = match callback.state.clone() {
            CallbackState::Waiting => StateRow::Waiting,
            CallbackState::NotNeeded => StateRow::NotNeeded,
            CallbackState::Due { attempts, error } => StateRow::Due { attempts, error },
            CallbackState::Delivered(at) => StateRow::Delivered { at: at.micros() },
            CallbackState::Abandoned { at, error } => StateRow::Abandoned {
                at: at.micros(),
                error,
            },
        };
        Self {
            event: callback.event.name().to_owned(),
            url: callback.url.clone(),
            state,
        }
    }
}

impl CallbackRow {
    /// The callback; `time` parses a time.
    ///
    /// # Errors
    /// If the row is no valid callback.
    pub(super) fn read(
        self,
        time: fn(i64) -> Result<Timestamp, String>,
    ) -> Result<Callback, String> {
        let mut events = CallbackEvent::ALL.into_iter();
        let event = events.find(|event| event.name() == self.event);
        let Some(event) = event else {
            return Err(format!("{:?} is not an event of a callback", self.event));
        };
        let state = match self.state {
            StateRow::Waiting => CallbackState::Waiting,
            StateRow::NotNeeded => CallbackState::NotNeeded,
            StateRow::Due { attempts, error } => CallbackState::Due { attempts, error },
            StateRow::Delivered { at } => CallbackState::Delivered(time(at)?),
            StateRow::Abandoned { at, error } => CallbackState::Abandoned {
                at: time(at)?,
                error,
            },
        };
        Ok(Callback {
            event,
            url: self.url,
            state,
        })
    }
}
