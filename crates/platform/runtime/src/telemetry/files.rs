//! Logs: files that stay when the process, or its container, is gone.

use std::fs;
use std::path::PathBuf;

use tracing_appender::rolling::{RollingFileAppender, Rotation};

use crate::settings::{Setting, Settings, SettingsError, Shape};

/// Where the files are.
pub const LOG_DIR: Setting = Setting::new(
    "log.dir",
    None,
    Shape::Text("path of a folder"),
    "Folder for log files, one file per day (UTC). Unset: `logs` in the data folder.",
);

/// How many files stay.
pub const LOG_KEEP: Setting = Setting::with_default(
    "log.keep",
    "30",
    Shape::whole(1, 100_000, "files"),
    "Number of log files to keep; the oldest ones beyond it are deleted when a new file is \
     started.",
);

/// The log files of a process: `NAME.YYYY-MM-DD.log`. Several processes may write to the same.
#[derive(Clone, Debug)]
pub struct LogFiles {
    /// Their folder, unless [`LOG_DIR`] names one. It is created if need be.
    pub folder: PathBuf,
    /// How their names begin.
    pub name: &'static str,
}

impl LogFiles {
    /// Both [`LOG_DIR`] and [`LOG_KEEP`] are in the table of `settings`.
    pub(super) fn open(self, settings: &Settings) -> Result<RollingFileAppender, SettingsError> {
        let folder = settings
            .text(LOG_DIR.key)
            .map_or(self.folder, PathBuf::from);
        let refuse = |error: &dyn std::fmt::Display| {
            let folder = folder.display();
            let why = format!("no log file can be written to {folder}: {error}; name another");
            SettingsError::combination(LOG_DIR.key, why)
        };
        // The appender looks for old files first, and would complain of a folder that is not there.
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
