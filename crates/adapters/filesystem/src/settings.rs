//! Objects as files, as a setting of a service.

use std::path::PathBuf;

use platform_runtime::settings::{Setting, Settings, Shape};

/// The folder below which requests may write files.
pub const FILE: Setting = Setting::new(
    "file.root",
    None,
    Shape::Text("the path of a folder"),
    "Folder whose subfolders runs with `emulator_sync` `file` write to. Unset: requests cannot use \
     `file`.",
);

/// The folder, if there is one.
pub fn root(settings: &Settings) -> Option<PathBuf> {
    settings.text(FILE.key).map(PathBuf::from)
}
