//! The settings of the service, sorted by the part that takes them.

use std::path::PathBuf;

use adapter_avro::Codec;
use platform_http::settings::{HttpSettings, http};
use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};
use platform_runtime::telemetry::{LOG_DIR, LOG_KEEP, LogFiles, TELEMETRY};
use secrecy::SecretString;
use warehouse_domain::csv::Format;
use warehouse_domain::dictionary::Dictionary;
use warehouse_domain::hr;

use crate::dictionary;

/// The settings of the data warehouse. docs/reference/warehouse-settings.md is made from this.
pub fn table() -> Vec<Setting> {
    [
        WAREHOUSE,
        HISTORY,
        BACKUP,
        &http("8000"),
        TELEMETRY,
        &[LOG_DIR, LOG_KEEP],
    ]
    .concat()
}

const WAREHOUSE: &[Setting] = &[
    Setting::secret(
        "database.url",
        None,
        "Where the tables are: sqlite:FILE, postgres://USER:PASSWORD@HOST:PORT/DATABASE or \
         mysql://USER:PASSWORD@HOST:PORT/DATABASE; without it, warehouse.db in the data folder.",
    ),
    Setting::with_default(
        "data.dir",
        "warehouse-data",
        Shape::Text("path of a folder"),
        "The folder for the SQLite database and, in folders of these names, backups, rejects, \
         reports, logs and new_records.",
    ),
    Setting::new(
        "dictionary.file",
        None,
        Shape::Text("path of a TOML file"),
        "The data dictionary; without it, departments, jobs and employees.",
    ),
    Setting::with_default(
        "legacy.get",
        "false",
        Shape::Switch,
        "Whether GET /new_records/TABLE, /backup/TABLE and /restore/TABLE change state, as they \
         did in the old system.",
    ),
];

const HISTORY: &[Setting] = &[
    Setting::new(
        "history.dir",
        None,
        Shape::Text("path of a folder"),
        "The folder with TABLE.csv or TABLE.csv.gz that is loaded at the start and by migrate.",
    ),
    Setting::with_default(
        "history.header",
        "false",
        Shape::Switch,
        "Whether the first line of each file names the fields.",
    ),
    Setting::with_default(
        "history.separator",
        ",",
        Shape::Text("one ASCII character, or tab"),
        "What stands between the cells of a line.",
    ),
    Setting::new(
        "history.max_rejects",
        None,
        Shape::whole(0, i64::MAX, "rows"),
        "If more rows of a file are rejected, nothing of it is loaded.",
    ),
];

const BACKUP: &[Setting] = &[
    Setting::with_default(
        "backup.codec",
        "deflate",
        Shape::OneOf(&["null", "deflate", "snappy", "zstandard"]),
        "How the blocks of backups are compressed.",
    ),
    Setting::with_default(
        "backup.keep",
        "5",
        Shape::whole(1, 1_000_000, "backups"),
        "How many backups of a table are kept.",
    ),
];

/// The settings, sorted by the part that takes them.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// Where the tables are, if not in the data folder.
    pub database: Option<SecretString>,
    /// Directory for persistent state.
    pub data_dir: PathBuf,
    /// The tables.
    pub dictionary: Dictionary,
    /// Whether the old spellings change state by GET.
    pub legacy_get: bool,
    /// Where history is, if there is any.
    pub history: Option<PathBuf>,
    /// How its files are written.
    pub format: Format,
    /// How many rows of a file may be rejected.
    pub max_rejects: Option<u64>,
    /// How backups are compressed.
    pub codec: Codec,
    /// How many backups of a table are kept.
    pub keep: usize,
    /// Where the service listens.
    pub http: HttpSettings,
}

impl ServiceSettings {
    /// Sorts the settings of the [`table`]. Reads the dictionary's file.
    ///
    /// # Errors
    /// If settings do not go together, or the dictionary is wrong.
    pub fn from(settings: &Settings) -> Result<Self, SettingsError> {
        let dictionary = match settings.text("dictionary.file") {
            None => hr::dictionary(),
            Some(path) => dictionary::read(path.as_ref()).map_err(|error| {
                SettingsError::combination("dictionary.file", error.to_string())
            })?,
        };
        let max_rejects = settings.text("history.max_rejects");
        Ok(Self {
            database: settings.secret("database.url"),
            data_dir: PathBuf::from(settings.required("data.dir")),
            dictionary,
            legacy_get: settings.switch("legacy.get"),
            history: settings.text("history.dir").map(PathBuf::from),
            format: Format {
                separator: separator(settings.required("history.separator"))?,
                header: settings.switch("history.header"),
            },
            max_rejects: max_rejects.map(|text| {
                text.parse()
                    .expect("the shape was checked when the settings were loaded")
            }),
            codec: settings.named("backup.codec", &Codec::ALL, Codec::name),
            keep: settings.whole("backup.keep"),
            http: HttpSettings::from(settings)?,
        })
    }
}

/// Service and client have log files of their own.
pub fn log_files(settings: &Settings, name: &'static str) -> LogFiles {
    let data = PathBuf::from(settings.required("data.dir"));
    LogFiles {
        folder: data.join("logs"),
        name,
    }
}

fn separator(text: &str) -> Result<u8, SettingsError> {
    match text.as_bytes() {
        b"tab" => Ok(b'\t'),
        [one] if one.is_ascii_graphic() && *one != b'"' => Ok(*one),
        _ => Err(SettingsError::combination(
            "history.separator",
            format!(
                "invalid separator {text:?}; expected one ASCII character that is no quote, or tab"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_is_one_character() {
        for (text, expected) in [(",", b','), (";", b';'), ("|", b'|'), ("tab", b'\t')] {
            assert_eq!(separator(text).ok(), Some(expected));
        }
        for text in ["", "\"", ";;", "ä", "\n"] {
            assert!(separator(text).is_err(), "{text}");
        }
    }
}
