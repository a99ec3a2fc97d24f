//! `model`: checks, describes, samples and imports models of the user's own data.

mod describe;
mod diagram;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapter_models::{ImportKind, ReadError};
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use emulator_application::models::Models;
use emulator_application::sample::sample;
use emulator_application::table::{AsOf, TableError, table};
use emulator_application::{Emulator, Limits};
use emulator_domain::plan::Format;
use emulator_domain::record::Stream;
use emulator_domain::{Rate, Seed, Timestamp, Traffic, listed};
use emulator_model::Model;
use platform_runtime::exit_codes;
use platform_runtime::output::{print, printed};
use platform_runtime::program::WrongUse;

use crate::arguments::{Subject, index, point_in_time, rate, value};
use crate::composition::{self, Destinations, Runs};
use crate::settings::ServiceSettings;

/// What can be done with a model.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Report everything that is wrong with a model, or what is in it
    #[command(after_help = exit_codes::section(&[(0, "it is sound"), (2, "it is not")], &[]))]
    Check {
        /// Model in YAML, JSON or TOML, by the file's extension
        file: PathBuf,
    },
    /// Print the JSON Schema of the model language, for completion and checks in editors
    Schema,
    /// Show streams, fields, relations, bytes per record, records per second and the volume at a
    /// rate
    Describe(Describe),
    /// Print the first records of a stream
    Sample(Sample),
    /// Print the rows of a table as of a given number of records of its stream of changes
    ///
    /// Give the seed, start time and rate of the run, which its manifest has, to get the same rows.
    Table(Table),
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
    /// Rate that volumes are shown for, in records per second of the timeline
    #[arg(long, default_value = "10000", value_parser = value::<Rate>, allow_negative_numbers = true)]
    pub rate: Rate,
    /// Also draw the relations to this file, as SVG
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// text, or mermaid for the relations alone
    #[arg(long = "as", value_enum, default_value_t, value_name = "NOTATION")]
    pub notation: Notation,
}

/// How a model is described.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Notation {
    /// All about it, for people.
    #[default]
    Text,
    /// Its relations as an entity-relationship diagram.
    Mermaid,
}

/// Options of `model sample`.
#[derive(Debug, Args)]
pub struct Sample {
    /// The model and the stream: shop.yaml:order
    #[arg(value_name = "FILE:STREAM", value_parser = StreamName::parse)]
    pub stream: StreamName,
    /// Number of records, 1 to 1,000
    #[arg(long, default_value = "5", allow_negative_numbers = true)]
    pub count: u16,
    /// json, ndjson or csv
    #[arg(long, default_value = "ndjson", value_parser = value::<Format>)]
    pub format: Format,
    /// Seed of all randomness [default: random]
    #[arg(long, value_parser = value::<Seed>, allow_negative_numbers = true)]
    pub seed: Option<Seed>,
}

/// Options of `model table`.
#[derive(Debug, Args)]
pub struct Table {
    /// The model and a stream of changes, or of entities: shop.yaml:customer_change
    #[arg(value_name = "FILE:STREAM", value_parser = StreamName::parse)]
    pub stream: StreamName,
    /// Number of records of that stream that the table reflects
    #[arg(long, value_name = "OFFSET", value_parser = index, allow_negative_numbers = true)]
    pub as_of: u64,
    /// The seed of the run
    #[arg(long, value_parser = value::<Seed>, allow_negative_numbers = true)]
    pub seed: Seed,
    /// Event time of the run's first record, as 2026-01-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = point_in_time)]
    pub start_time: Timestamp,
    /// Rate of the run, in records per second of event time
    #[arg(long, default_value = "10000", value_parser = rate, allow_negative_numbers = true)]
    pub rate: Traffic,
    /// json, ndjson or csv
    #[arg(long, default_value = "ndjson", value_parser = value::<Format>)]
    pub format: Format,
}

/// A stream of a model file.
#[derive(Clone, Debug)]
pub struct StreamName {
    /// The model.
    pub file: PathBuf,
    /// The stream's name.
    pub stream: String,
}

impl StreamName {
    fn parse(text: &str) -> Result<Self, String> {
        match Subject::parse(text) {
            Ok(Subject::Model {
                file,
                stream: Some(stream),
            }) => Ok(Self { file, stream }),
            _ => Err("expected a file and a stream, such as shop.yaml:order".to_owned()),
        }
    }

    /// The model and the stream, if the model is valid.
    fn open(&self) -> anyhow::Result<Option<(Model, Arc<dyn Stream>)>> {
        let Some(model) = open(&self.file)? else {
            return Ok(None);
        };
        let stream = find_stream(&model, &self.file, &self.stream)?.clone();
        Ok(Some((model, stream)))
    }
}

/// The stream of that name.
///
/// # Errors
/// If the model in `file` has none.
pub(crate) fn find_stream<'m>(
    model: &'m Model,
    file: &Path,
    name: &str,
) -> Result<&'m Arc<dyn Stream>, WrongUse> {
    model.stream(name).ok_or_else(|| {
        let names: Vec<_> = model.streams().iter().map(|stream| stream.name()).collect();
        WrongUse(format!(
            "{}: unknown stream '{}'; expected {}",
            file.display(),
            name.escape_debug(),
            listed(&names)
        ))
    })
}

/// Options of `model import`.
#[derive(Debug, Args)]
pub struct Import {
    /// An Avro schema, a Protobuf file, a JSON Schema, CREATE TABLE statements, CSV with a header,
    /// or one JSON object per line
    pub file: PathBuf,
    /// What the file is: avro, protobuf, json-schema, postgresql, mysql, sqlite, csv or ndjson
    /// [default: by its extension]
    #[arg(long, value_name = "KIND")]
    pub from: Option<ImportKind>,
    /// Name of the model [default: that of the file]
    #[arg(long)]
    pub name: Option<String>,
}

/// Executes the command; returns the exit code.
///
/// # Errors
/// If a file cannot be read or written.
pub fn run(command: &ModelCommand, settings: &ServiceSettings) -> anyhow::Result<u8> {
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
            match options.notation {
                Notation::Text => describe::page(&model, &encoding(settings)?, options.rate),
                Notation::Mermaid => diagram::mermaid(&model),
            }
        }
        ModelCommand::Sample(options) => {
            let Some((_, stream)) = options.stream.open()? else {
                return Ok(2);
            };
            let Sample {
                count,
                seed,
                format,
                ..
            } = *options;
            let rows = sample(&encoding(settings)?, stream, count, seed, format);
            print(&rows.map_err(|error| WrongUse(error.to_string()))?)?;
            return Ok(0);
        }
        ModelCommand::Table(options) => return print_table(options, settings),
        ModelCommand::Import(options) => match imported(options)? {
            Some(yaml) => yaml,
            None => return Ok(2),
        },
    };
    print(text.as_bytes())?;
    Ok(0)
}

/// An emulator without destinations.
fn encoding(settings: &ServiceSettings) -> anyhow::Result<Emulator> {
    let limits = Limits {
        running: 1,
        waiting: 0,
    };
    let runs = Runs::in_memory(settings);
    let (nowhere, models) = (Destinations::new(), Models::default());
    composition::emulator(settings, runs, nowhere, limits, Some(1), models)
}

fn print_table(options: &Table, settings: &ServiceSettings) -> anyhow::Result<u8> {
    let Some((model, stream)) = options.stream.open()? else {
        return Ok(2);
    };
    let Table {
        as_of: records,
        seed,
        start_time,
        format,
        ..
    } = *options;
    let at = AsOf {
        records,
        seed,
        start_time,
        rate: options.rate.clone(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let write = |piece: &[u8]| out.write_all(piece);
    let emulator = encoding(settings)?;
    let name = stream.name();
    let written = match table(&emulator, &model, name, &at, format, write) {
        Ok(()) => out.flush(),
        Err(TableError::Write(error)) => Err(error),
        Err(error) => return Err(WrongUse(error.to_string()).into()),
    };
    printed(written)?;
    Ok(0)
}

/// Reads the model in a file; `None` if it has errors, which were printed to standard error, one
/// per line.
///
/// # Errors
/// If the file does not exist.
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
            // If standard error is closed, there is nowhere to report it.
            let _ = writeln!(io::stderr(), "{error}");
            Ok(None)
        }
        Err(ReadError::Io(path, cause)) => {
            Err(WrongUse(format!("cannot read {}: {cause}", path.display())).into())
        }
    }
}
