//! The state in the data folder as settings of a service.

use std::time::Duration;

use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};

use crate::{OnDamage, OpenError, Retention};

/// What happens if the state is damaged.
pub const ON_DAMAGE: Setting = Setting::with_default(
    "state.on_damage",
    "fail",
    Shape::OneOf(&["fail", "set-aside"]),
    "What to do if the state in the data folder is damaged: `fail` refuses to start, `set-aside` \
     renames the file and starts without that state.",
);

/// Which finished runs are remembered.
pub const RETENTION: &[Setting] = &[
    Setting::with_default(
        "state.keep_finished",
        "10000",
        Shape::whole(0, 1_000_000, "runs"),
        "Maximum number of finished runs to keep; those that finished first are removed first.",
    ),
    Setting::with_default(
        "state.keep_age",
        "30",
        Shape::whole(1, 36_500, "days"),
        "How long finished runs are kept in the data folder.",
    ),
];

/// Reads [`ON_DAMAGE`].
pub fn on_damage(settings: &Settings) -> OnDamage {
    match settings.required(ON_DAMAGE.key) {
        "set-aside" => OnDamage::SetAside,
        _ => OnDamage::Fail,
    }
}

/// Reads [`RETENTION`].
pub fn retention(settings: &Settings) -> Retention {
    Retention {
        finished: settings.whole("state.keep_finished"),
        age: Duration::from_hours(24 * settings.whole::<u64>("state.keep_age")),
    }
}

/// The setting to change. `data.dir` is the data folder of every service.
impl From<OpenError> for SettingsError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Damaged { .. } => Self::combination(
                ON_DAMAGE.key,
                format!("{error}: set STATE_ON_DAMAGE to set-aside"),
            ),
            OpenError::Refused { ref source, .. } => {
                Self::combination("data.dir", format!("{error}: {source}"))
            }
            OpenError::InUse(_) | OpenError::Version { .. } => {
                Self::combination("data.dir", error.to_string())
            }
        }
    }
}
