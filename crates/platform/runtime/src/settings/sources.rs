//! The sources of settings.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use config::{FileFormat, Source, ValueKind};

use super::{Origin, Setting, SettingsError, yaml};
use crate::bounded_file::read_text;

/// The maximum size of a settings file in bytes.
const FILE_LIMIT: u64 = 1 << 20;

/// A setting given on the command line.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Key of the setting.
    pub key: &'static str,
    /// The option as written: `--port`.
    pub option: &'static str,
    /// The given text.
    pub text: String,
}

/// The sources of settings, in ascending order of precedence.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A TOML, YAML or JSON file.
    pub file: Option<PathBuf>,
    /// A file of environment variables, which need not exist. The environment takes precedence.
    pub dotenv: Option<PathBuf>,
    /// The environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// The command line.
    pub arguments: Vec<Argument>,
}

impl Sources {
    /// The sources of this process: `file` and `arguments` from its command line, its environment,
    /// and `.env` in its working directory.
    pub fn of_process(file: Option<PathBuf>, arguments: Vec<Argument>) -> Self {
        Self {
            file,
            dotenv: Some(PathBuf::from(".env")),
            environment: std::env::vars_os().collect(),
            arguments,
        }
    }

    pub(super) fn read(&self, table: &[Setting]) -> Result<FoundSetting, SettingsError> {
        let mut found = FoundSetting::default();
        if let Some(path) = &self.file {
            found.add_file(path, table)?;
        }
        if let Some(path) = self.dotenv.as_deref().filter(|path| path.exists()) {
            found.add_dotenv(path, table)?;
        }
        for (name, text) in &self.environment {
            let Some(name) = name.to_str() else { continue };
            match text.to_str() {
                Some(text) => found.add_variable(table, name, text, Origin::Environment),
                None => {
                    if let Some(setting) = table.iter().find(|setting| setting.env() == name) {
                        let got = "text that is not UTF-8";
                        return Err(SettingsError::wrong(setting, got, Origin::Environment));
                    }
                }
            }
        }
        for Argument { key, option, text } in &self.arguments {
            found
                .values
                .insert(key, (text.clone(), Origin::CommandLine(option)));
        }
        found.values.retain(|_, (text, _)| !text.is_empty());
        Ok(found)
    }
}

/// The values in the sources, by key.
#[derive(Default)]
pub(super) struct FoundSetting {
    pub(super) values: BTreeMap<&'static str, (String, Origin)>,
    pub(super) hints: Vec<String>,
}

impl FoundSetting {
    fn add_file(&mut self, path: &Path, table: &[Setting]) -> Result<(), SettingsError> {
        for (key, value) in parse_file(path)? {
            let Some(setting) = table.iter().find(|setting| setting.key == key) else {
                return Err(unknown(path, key, table));
            };
            if setting.secret {
                return Err(SettingsError::SecretInFile {
                    path: path.to_owned(),
                    key: setting.key,
                    env: setting.env(),
                });
            }
            let origin = Origin::File(path.to_owned());
            match value.into_string() {
                Ok(text) => self.values.insert(setting.key, (text, origin)),
                Err(_) => return Err(SettingsError::wrong(setting, "a list", origin)),
            };
        }
        Ok(())
    }

    fn add_dotenv(&mut self, path: &Path, table: &[Setting]) -> Result<(), SettingsError> {
        let failed = |why: String| SettingsError::File {
            path: path.to_owned(),
            why,
        };
        let text = read_text(path, FILE_LIMIT)
            .map_err(|error| failed(format!("cannot be read: {error}")))?;
        let lines = dotenvy::from_read_iter(text.as_bytes());
        let mut behind = "at the beginning".to_owned();
        for line in lines {
            // The error message contains the whole line, which may be a secret.
            let (name, text) = line.map_err(|_| {
                failed(format!(
                    "a line {behind} is not NAME=value; quote a value that has spaces"
                ))
            })?;
            self.add_variable(table, &name, &text, Origin::Dotenv(path.to_owned()));
            behind = format!("behind that of {name}");
        }
        Ok(())
    }

    fn add_variable(&mut self, table: &[Setting], name: &str, text: &str, origin: Origin) {
        if let Some(setting) = table.iter().find(|setting| setting.env() == name) {
            // An empty variable does not override a source of lower precedence.
            if !text.is_empty() {
                self.values.insert(setting.key, (text.to_owned(), origin));
            }
            return;
        }
        // Other programs' variables may have any name, so a misspelt one cannot be rejected.
        let meant = table
            .iter()
            .map(Setting::env)
            .find(|env| env.len() > 6 && strsim::osa_distance(env, name) <= 2);
        if let Some(meant) = meant {
            self.hints.push(format!(
                "unknown setting {name} in {origin}; did you mean {meant}?"
            ));
        }
    }
}

/// The keys and values of a file, with tables flattened to dotted keys.
fn parse_file(path: &Path) -> Result<Vec<(String, config::Value)>, SettingsError> {
    let failed = |why: String| SettingsError::File {
        path: path.to_owned(),
        why,
    };
    let format = match path.extension().and_then(|ending| ending.to_str()) {
        Some("toml") => FileFormat::Toml,
        Some("yaml" | "yml") => FileFormat::Yaml,
        Some("json") => FileFormat::Json,
        _ => {
            return Err(failed(
                "its name must end in .toml, .yaml, .yml or .json".to_owned(),
            ));
        }
    };
    let text = read_text(path, FILE_LIMIT)
        .map_err(|error| failed(format!("the settings cannot be read: {error}")))?;
    if format == FileFormat::Yaml {
        yaml::check(&text)
            .map_err(|why| failed(format!("the settings cannot be understood: {why}")))?;
    }
    let tree = config::File::from_str(&text, format)
        .collect()
        .map_err(|error| {
            // The first line says what and where; the following lines quote the file.
            let what = error.to_string();
            let what = what.lines().next().unwrap_or_default();
            failed(format!("the settings cannot be understood: {what}"))
        })?;
    let mut flat = Vec::new();
    let mut open: Vec<(String, config::Value)> = tree.into_iter().collect();
    while let Some((key, value)) = open.pop() {
        match value.kind {
            ValueKind::Table(entries) => {
                open.extend(
                    entries
                        .into_iter()
                        .map(|(name, value)| (format!("{key}.{name}"), value)),
                );
            }
            ValueKind::Nil => {}
            _ => flat.push((key, value)),
        }
    }
    flat.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(flat)
}

fn unknown(path: &Path, key: String, table: &[Setting]) -> SettingsError {
    let name = |key: &str| key.rsplit('.').next().unwrap_or_default().to_lowercase();
    let near = |known: &&str| {
        strsim::osa_distance(known, &key.to_lowercase()) <= 3 || name(known) == name(&key)
    };
    let all = || table.iter().map(|setting| setting.key);
    let near: Vec<&str> = all().filter(near).collect();
    let mend = if near.is_empty() {
        format!("There are: {}", all().collect::<Vec<_>>().join(", "))
    } else {
        format!("Did you mean {}?", near.join(" or "))
    };
    SettingsError::Unknown {
        path: path.to_owned(),
        key,
        mend,
    }
}
