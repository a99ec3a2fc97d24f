//! Parses a file, or a submitted text, into a tree.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use emulator_model::{Model, ModelError, ModelErrors, Node, Place};

use crate::choices;
use crate::files::{MAX_BYTES, read_bytes, too_long};
use crate::lines::Lines;
use crate::{json, toml, yaml};

/// The syntax of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2.
    Yaml,
    /// JSON.
    Json,
    /// TOML.
    Toml,
}

impl Syntax {
    /// The syntax that the file extension indicates.
    pub fn of_path(path: &Path) -> Option<Self> {
        match &*path.extension()?.to_str()?.to_ascii_lowercase() {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }

    /// Guesses the syntax of a text.
    pub fn of_text(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if let Some(within) = text.strip_prefix('{') {
            // In YAML's flow style, the keys of a map are unquoted.
            let quoted = within.trim_start().starts_with(['"', '}']);
            return if quoted { Self::Json } else { Self::Yaml };
        }
        let mut lines = text.lines().map(str::trim);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        let toml = first.is_some_and(|line| {
            let equals = line.split_once('=').map(|(name, _)| name);
            line.starts_with('[') || equals.is_some_and(|name| !name.contains(':'))
        });
        if toml { Self::Toml } else { Self::Yaml }
    }
}

/// Why a file contains no model.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// Its contents are invalid.
    #[error("{}", Located(.0, .1))]
    Wrong(PathBuf, ModelErrors),
}

/// One line per error, as compilers write them: `shop.yaml:12:7: streams.order: ...`.
struct Located<'e>(&'e Path, &'e ModelErrors);

impl fmt::Display for Located<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.1.iter().enumerate() {
            let ModelError {
                place,
                path,
                message,
            } = error;
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{}", self.0.display())?;
            if place.line > 0 {
                write!(f, ":{}:{}", place.line, place.column)?;
            }
            if !path.is_empty() {
                write!(f, ": {path}")?;
            }
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

/// Reads and checks a model in a file; choices in files beside it become part of it. A built-in
/// world is read by its name.
///
/// # Errors
/// All errors, with their positions.
pub fn read(path: &Path) -> Result<Model, ReadError> {
    let builtin = path.to_str().filter(|_| !path.exists());
    let node = match builtin.and_then(emulator_world::builtin) {
        Some(node) => node,
        None => read_node(path)?,
    };
    emulator_world::compile(&node).map_err(|errors| ReadError::Wrong(path.to_owned(), errors))
}

/// The built-in model: the world of payments.
pub fn builtin() -> Model {
    let node = emulator_world::builtin("payments").expect("it is there");
    emulator_world::compile(&node).expect("its settings are the defaults")
}

/// Whether a built-in model has that name.
pub fn is_builtin(name: &str) -> bool {
    emulator_world::builtin(name).is_some()
}

/// Reads and checks a submitted model, which cannot refer to files.
///
/// # Errors
/// All errors, with their positions.
pub fn read_text(text: &str, syntax: Syntax) -> Result<Model, ModelErrors> {
    emulator_world::compile(&node(text, syntax, None)?)
}

/// Reads the tree of a model from a file; choices in files beside it become part of the tree.
///
/// # Errors
/// If the file does not exist, is too large, or cannot be parsed.
pub fn read_node(path: &Path) -> Result<Node, ReadError> {
    let wrong = |error: ModelError| ReadError::Wrong(path.to_owned(), error.into());
    let bytes =
        read_bytes(path, MAX_BYTES).map_err(|error| ReadError::Io(path.to_owned(), error))?;
    let text = utf8(&bytes).map_err(wrong)?;
    let syntax = Syntax::of_path(path).unwrap_or_else(|| Syntax::of_text(text));
    node(text, syntax, path.parent()).map_err(wrong)
}

/// Parses the tree of a model from a text. `folder` is where the files that it names are; `None` if
/// it may name none.
///
/// # Errors
/// The first error.
pub fn node(text: &str, syntax: Syntax, folder: Option<&Path>) -> Result<Node, ModelError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let error = |place, message: String| ModelError {
        place,
        path: String::new(),
        message,
    };
    if text.len() > MAX_BYTES {
        return Err(error(Place::default(), too_long(MAX_BYTES)));
    }
    // Parsers take it for the end of the text.
    if let Some(offset) = text.find('\0') {
        let message = "got a zero byte; expected text";
        return Err(error(Lines::of(text).place(offset), message.to_owned()));
    }
    let mut node = match syntax {
        Syntax::Yaml => yaml::read(text),
        Syntax::Json => json::read(text),
        Syntax::Toml => toml::read(text),
    }?;
    choices::put_in(&mut node, folder)?;
    Ok(node)
}

pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, ModelError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        ModelError {
            place: Lines::of(&valid).place(valid.len()),
            path: String::new(),
            message: "this is no UTF-8; save the file in that encoding".to_owned(),
        }
    })
}
