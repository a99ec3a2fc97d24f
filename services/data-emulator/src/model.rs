//! `model`: a model of the user's own data checked, described, sampled, and made from other schemas.

mod describe;
mod diagram;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use adapter_models::{ImportKind, ReadError};
use anyhow::Context;
use clap::{Args, Subcommand};
use emulator_model::Model;
use platform_runtime::program::WrongUse;

/// What can be done with a model.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Say everything that is wrong with a model, or what is in it
    ///
    /// Exit: 0 it is sound, 2 it is not.
    Check {
        /// YAML, JSON or TOML, by the file's ending
        file: PathBuf,
    },
    /// Print the JSON Schema of the language, with which editors complete and check
    Schema,
    /// Show streams, fields, relations, bytes a record and records a second
    Describe(Describe),
    /// Make a model from a schema or from a sample of the data
    ///
    /// The model is printed as YAML; what was guessed is marked by a comment.
    Import(Import),
}

/// Options of `model describe`.
#[derive(Debug, Args)]
pub struct Describe {
    /// The model
    pub file: PathBuf,
    /// Draw the relations into this file, too
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// Options of `model import`.
#[derive(Debug, Args)]
pub struct Import {
    /// An Avro schema, a Protobuf file, a JSON Schema, CREATE TABLE statements, CSV with a header, or
    /// JSON objects a line
    pub file: PathBuf,
    /// What the file is: avro, protobuf, json-schema, postgresql, mysql, sqlite, csv or ndjson
    /// [default: by its ending]
    #[arg(long, value_name = "KIND")]
    pub from: Option<ImportKind>,
    /// What the model is called [default: as the file]
    #[arg(long)]
    pub name: Option<String>,
}

/// Does it, and gives the exit code.
///
/// # Errors
/// If a file cannot be read or written.
pub fn run(command: &ModelCommand) -> anyhow::Result<u8> {
    let text = match command {
        ModelCommand::Check { file } => match open(file)? {
            Some(model) => describe::summary(&model),
            None => return Ok(2),
        },
        ModelCommand::Schema => emulator_model::json_schema() + "\n",
        ModelCommand::Describe(options) => {
            let Some(model) = open(&options.file)? else {
                return Ok(2);
            };
            if let Some(path) = &options.svg {
                let svg = diagram::svg(&model);
                fs::write(path, svg).with_context(|| format!("cannot write {}", path.display()))?;
            }
            describe::page(&model)
        }
        ModelCommand::Import(options) => match imported(options)? {
            Some(yaml) => yaml,
            None => return Ok(2),
        },
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(0)
}

/// The model in a file; `None` if something is wrong with it, which was said on standard error, an
/// error a line.
///
/// # Errors
/// If there is no such file.
pub fn open(file: &Path) -> anyhow::Result<Option<Model>> {
    tell(adapter_models::read(file))
}

fn imported(options: &Import) -> anyhow::Result<Option<String>> {
    let Import { file, from, name } = options;
    let Some(kind) = from.or_else(|| ImportKind::of_path(file)) else {
        let message = format!("{}: say what it is by --from", file.display());
        return Err(WrongUse(message).into());
    };
    let stem = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let name = name.clone().or(stem).unwrap_or_default();
    tell(adapter_models::import(file, kind, &name))
}

fn tell<T>(read: Result<T, ReadError>) -> anyhow::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error @ ReadError::Wrong(..)) => {
            // Nobody is left to be told if standard error is closed.
            let _ = writeln!(io::stderr(), "{error}");
            Ok(None)
        }
        Err(ReadError::Io(path, cause)) => {
            Err(WrongUse(format!("cannot read {}: {cause}", path.display())).into())
        }
    }
}
