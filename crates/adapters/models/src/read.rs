//! From a file, or a text that somebody sent, to a tree.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use emulator_model::{Model, ModelError, ModelErrors, Node, Place};

use crate::choices;
use crate::files::{MAX_BYTES, read_bytes, too_long};
use crate::lines::Lines;
use crate::{json, toml, yaml};

/// How a model is written.
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
    /// The one that the ending of a file's name stands for.
    pub fn of_path(path: &Path) -> Option<Self> {
        match &*path.extension()?.to_str()?.to_ascii_lowercase() {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }

    /// The one that a text looks like.
    pub fn of_text(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if let Some(within) = text.strip_prefix('{') {
            // A map in YAML's short form has words without quotation marks.
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

/// The file holds no model.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// What is in it is wrong.
    #[error("{}", Located(.0, .1))]
    Wrong(PathBuf, ModelErrors),
}

/// One line an error, as compilers write them: `shop.yaml:12:7: streams.order: ...`.
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

/// Reads and checks a model in a file; choices in files beside it become part of it. A world that is
/// there without a file is known by its name.
///
/// # Errors
/// Everything that is wrong with it, and where.
pub fn read(path: &Path) -> Result<Model, ReadError> {
    let builtin = path.to_str().filter(|_| !path.exists());
    let node = match builtin.and_then(emulator_world::builtin) {
        Some(node) => node,
        None => read_node(path)?,
    };
    emulator_world::compile(&node).map_err(|errors| ReadError::Wrong(path.to_owned(), errors))
}

/// The model that is there without a file: the world of payments.
pub fn builtin() -> Model {
    let node = emulator_world::builtin("payments").expect("it is there");
    emulator_world::compile(&node).expect("its settings are the defaults")
}

/// Whether there is a model of that name without a file.
pub fn is_builtin(name: &str) -> bool {
    emulator_world::builtin(name).is_some()
}

/// Reads and checks a model that somebody sent; it can name no files.
///
/// # Errors
/// Everything that is wrong with it, and where.
pub fn read_text(text: &str, syntax: Syntax) -> Result<Model, ModelErrors> {
    emulator_world::compile(&node(text, syntax, None)?)
}

/// Reads the tree of a model from a file; choices in files beside it become part of the tree.
///
/// # Errors
/// If there is no such file, it is too large, or what is in it makes no tree.
pub fn read_node(path: &Path) -> Result<Node, ReadError> {
    let wrong = |error: ModelError| ReadError::Wrong(path.to_owned(), error.into());
    let bytes =
        read_bytes(path, MAX_BYTES).map_err(|error| ReadError::Io(path.to_owned(), error))?;
    let text = utf8(&bytes).map_err(wrong)?;
    let syntax = Syntax::of_path(path).unwrap_or_else(|| Syntax::of_text(text));
    node(text, syntax, path.parent()).map_err(wrong)
}

/// Reads the tree of a model from a text; `folder` is where files that it names are, `None` if it
/// may name none.
///
/// # Errors
/// What is wrong with it first.
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
