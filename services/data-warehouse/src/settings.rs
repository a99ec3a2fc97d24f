//! The settings of the service, grouped by the part that uses them.

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

/// The settings of the data warehouse. docs/reference/warehouse-settings.md is generated from this.
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
        "Database with the tables: `sqlite:FILE`, `postgres://USER:PASSWORD@HOST:PORT/DATABASE` or \
         `mysql://USER:PASSWORD@HOST:PORT/DATABASE`. Unset: SQLite, in `warehouse.db` in the data \
         folder.",
    ),
    Setting::with_default(
        "data.dir",
        "warehouse-data",
        Shape::Text("the path of a folder"),
        "Folder for the SQLite database and the subfolders `backups`, `rejects`, `reports`, `logs` \
         and `new_records`.",
    ),
    Setting::new(
        "dictionary.file",
        None,
        Shape::Text("the path of a TOML file"),
        "Data dictionary that describes the tables. Unset: a built-in one with the tables \
         departments, jobs and employees.",
    ),
    Setting::with_default(
        "legacy.get",
        "false",
        Shape::Switch,
        "Whether `GET /new_records/TABLE`, `GET /backup/TABLE` and `GET /restore/TABLE` change \
         data, as in the old system.",
    ),
];

const HISTORY: &[Setting] = &[
    Setting::new(
        "history.dir",
        None,
        Shape::Text("the path of a folder"),
        "Folder with the files `TABLE.csv` or `TABLE.csv.gz` that are loaded when the service \
         starts and by the command `migrate`.",
    ),
    Setting::with_default(
        "history.header",
        "false",
        Shape::Switch,
        "Whether the first line of each file is a header with the names of the fields.",
    ),
    Setting::with_default(
        "history.separator",
        ",",
        Shape::Text("one ASCII character, or tab"),
        "Field separator in the files.",
    ),
    Setting::new(
        "history.max_rejects",
        None,
        Shape::whole(0, i64::MAX, "rows"),
        "Maximum number of rejected rows per file: if there are more, nothing of the file is \
         loaded. Unset: no limit.",
    ),
];

const BACKUP: &[Setting] = &[
    Setting::with_default(
        "backup.codec",
        "deflate",
        Shape::OneOf(&["null", "deflate", "snappy", "zstandard"]),
        "Compression codec for the blocks of backups.",
    ),
    Setting::with_default(
        "backup.keep",
        "5",
        Shape::whole(1, 1_000_000, "backups"),
        "Number of backups to keep per table.",
    ),
];

/// The settings, grouped by the part that uses them.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// The database's URL, if it is not in the data folder.
    pub database: Option<SecretString>,
    /// Directory for persistent state.
    pub data_dir: PathBuf,
    /// The tables.
    pub dictionary: Dictionary,
    /// Whether the old URLs change state by GET.
    pub legacy_get: bool,
    /// The folder of historical files, if there is one.
    pub history: Option<PathBuf>,
    /// The CSV dialect of these files.
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
    /// Groups the settings of the [`table`]. Reads the dictionary's file.
    ///
    /// # Errors
    /// If settings contradict each other, or the dictionary is invalid.
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

/// Service and client have separate log files.
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
