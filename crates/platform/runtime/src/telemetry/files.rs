//! Log files, which survive the process and its container.

use std::fs;
use std::path::PathBuf;

use tracing_appender::rolling::{RollingFileAppender, Rotation};

use crate::settings::{Setting, Settings, SettingsError, Shape};

/// The folder of the files.
pub const LOG_DIR: Setting = Setting::new(
    "log.dir",
    None,
    Shape::Text("the path of a folder"),
    "Folder for log files, one file per day (UTC). Unset: `logs` in the data folder.",
);

/// How many files are kept.
pub const LOG_KEEP: Setting = Setting::with_default(
    "log.keep",
    "30",
    Shape::whole(1, 100_000, "files"),
    "Number of log files to keep; the oldest ones beyond it are deleted when a new file is \
     started.",
);

/// The log files of a process: `NAME.YYYY-MM-DD.log`. Several processes may write to the same
/// files.
#[derive(Clone, Debug)]
pub struct LogFiles {
    /// The folder, unless [`LOG_DIR`] names one. It is created if necessary.
    pub folder: PathBuf,
    /// The prefix of the names.
    pub name: &'static str,
}

impl LogFiles {
    /// Both [`LOG_DIR`] and [`LOG_KEEP`] must be in the table of `settings`.
    pub(super) fn open(self, settings: &Settings) -> Result<RollingFileAppender, SettingsError> {
        let folder = settings
            .text(LOG_DIR.key)
            .map_or(self.folder, PathBuf::from);
        let refuse = |error: &dyn std::fmt::Display| {
            let folder = folder.display();
            let why = format!("no log file can be written to {folder}: {error}; name another");
            SettingsError::combination(LOG_DIR.key, why)
        };
        // The appender first looks for old files, and would report a missing folder as an error.
        fs::create_dir_all(&folder).map_err(|error| refuse(&error))?;
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix(self.name)
            .filename_suffix("log")
            .max_log_files(settings.whole(LOG_KEEP.key))
            .build(&folder)
            .map_err(|error| refuse(&error))
    }
}
