//! The command line.

pub(crate) mod imperfections;
pub(crate) mod rate;
mod subject;
mod target;

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};
use emulator_domain::imperfection::Imperfections;
use emulator_domain::plan::{
    ChunkSize, Compression, Format, Guarantee, HeaderValue, KeyFormat, Pace, PartitionBy,
    RecordCount, SubjectStrategy, SyncType, Timeout, Tombstones, Workers,
};
use emulator_domain::{GENERATOR_VERSION, InvalidValue, Seed, Timestamp, Traffic};
use emulator_manifest::time;
use platform_access::AccessCommand;
use platform_runtime::command::{Common, Manners, version};
use platform_runtime::settings::Argument;
use platform_runtime::units::plain;
use secrecy::SecretString;

pub use self::subject::Subject;
pub use self::target::Target;
use crate::gate::Gate;
use crate::model::ModelCommand;

/// Emulates realistic sources of data and accounts for every record.
#[derive(Debug, Parser)]
#[command(name = "data-emulator", version = version(env!("BUILD_COMMIT"), Some(&format!("generator {GENERATOR_VERSION}"))), propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Where settings come from, and how much is logged.
    #[command(flatten)]
    pub common: Common,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the REST API
    Serve(Serve),
    /// Carry out one run without a server
    ///
    /// Exit: 0 completed, 1 failed, 2 wrong use or settings, 130 interrupted.
    Emulate(Box<Emulate>),
    /// Read back what a run has delivered and compare it with what the run should have delivered
    ///
    /// Finds missing, duplicate, corrupt and foreign records and such that are out of order, by index.
    /// Of a topic that runs share, records of other emulations are counted and are no fault. A failed
    /// or cancelled run may miss as many records as were not acknowledged.
    ///
    /// Exit: 0 all is there, once, unchanged and in order; 1 it is not, or cannot be read; 2 wrong use
    /// or settings; 130 interrupted.
    Verify(Verify),
    /// List what was wrong on purpose in a run, and what it would have been
    ///
    /// A JSON object a line for each record with a fault, in the order of the records, made again
    /// from the manifest: index, kind, the numbers of its deliveries, and the record without the
    /// fault.
    Imperfections(crate::truth::Truth),
    /// Print what the fields of a domain or of a stream are, in a schema language
    Schema(crate::emulate::Schema),
    /// Check, describe, sample or import a model of data of your own
    #[command(subcommand)]
    Model(ModelCommand),
    /// Measure whether the payments of a world can be believed
    ///
    /// Exit: 0 no bound is missed, 1 one is, 2 wrong use, 130 interrupted.
    Gate(Gate),
    /// Print the OpenAPI document
    Openapi,
    /// Who may use the service, and who did what.
    #[command(flatten)]
    Access(AccessCommand),
    /// The program itself.
    #[command(flatten)]
    Manners(Manners),
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Start a Kafka and an S3 store in this process, too, and use those
    #[arg(long)]
    pub embedded: bool,
    /// Where to listen [default: 127.0.0.1]
    #[arg(long)]
    pub host: Option<String>,
    /// Port to listen on, 0 for a free one [default: 8000]
    #[arg(long)]
    pub port: Option<String>,
    /// Directory whose models are offered beside the built-in domains
    #[arg(long, value_name = "DIR")]
    pub models: Option<String>,
    /// Directory for persistent state, or memory to forget runs at the end [default: the user's
    /// state directory; with --embedded: memory]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<String>,
}

/// Options of `emulate`.
#[derive(Debug, Args)]
pub struct Emulate {
    /// transaction, user-profile, device-log, or the file of a model: shop.yaml:order for one of its
    /// streams, shop.yaml for all of them on one timeline
    #[arg(value_name = "DOMAIN", value_parser = Subject::parse)]
    pub subject: Subject,
    /// kafka, minio, file:DIR, stdout or null
    #[arg(long, value_name = "SINK", value_parser = Target::parse)]
    pub to: Target,
    /// json, ndjson, csv, avro, protobuf or parquet
    #[arg(long, default_value = "ndjson", value_parser = value::<Format>)]
    pub format: Format,
    /// How blocks of objects are compressed: none, deflate, snappy or zstandard [default: by format]
    #[arg(long, value_parser = value::<Compression>)]
    pub compression: Option<Compression>,
    /// How records are gathered into objects: grouped, chunked or single
    #[arg(long, default_value = "grouped", value_parser = value::<SyncType>)]
    pub sync: SyncType,
    /// Bytes that close an object of a chunked run, such as 16MB
    #[arg(long, value_name = "BYTES", default_value = "16777216", value_parser = bytes)]
    pub max_chunk_size: ChunkSize,
    /// date: chunked objects lie in a partition a day of event time, date=2026-01-31/; or none
    #[arg(long, value_name = "FIELD", default_value = "none", value_parser = value::<PartitionBy>)]
    pub partition_by: PartitionBy,
    /// Seconds to generate for, such as 10m [default: 10 if realtime; otherwise until all records are made]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Timeout>,
    /// Records at most, such as 5M [default: 1,000,000 if neither this nor a timeout ends an unlimited run]
    #[arg(long, value_parser = count)]
    pub count: Option<RecordCount>,
    /// Where all randomness comes from; the same seed makes the same records [default: drawn]
    #[arg(long, value_parser = value::<Seed>)]
    pub seed: Option<Seed>,
    /// Records a second of event time: a number, a shape as JSON, or a JSON file with one
    /// [default: 10000]
    #[arg(long, value_parser = rate::rate)]
    pub rate: Option<Traffic>,
    /// realtime or unlimited [default: realtime if there is a rate, else unlimited]
    #[arg(long, value_parser = value::<Pace>)]
    pub pace: Option<Pace>,
    /// When the timeline begins, as 2026-01-01T00:00:00Z [default: now; 1970 with --from-time]
    #[arg(long, value_name = "TIME", value_parser = point_in_time)]
    pub start_time: Option<Timestamp>,
    /// Which people and shops there are: runs with the same share them [default: the seed]
    #[arg(long, value_name = "SEED", value_parser = value::<Seed>)]
    pub population_seed: Option<Seed>,
    /// Begin so many records from the start of the timeline
    #[arg(
        long,
        value_name = "INDEX",
        default_value = "0",
        conflicts_with = "from_time"
    )]
    pub first_index: u64,
    /// Only the part of the timeline from this moment on
    #[arg(long, value_name = "TIME", value_parser = point_in_time)]
    pub from_time: Option<Timestamp>,
    /// Only the part of the timeline before this moment
    #[arg(long, value_name = "TIME", value_parser = point_in_time)]
    pub to_time: Option<Timestamp>,
    /// Shares that may be generated at the same time, 1 to 256; never changes a byte [default: the
    /// machine's cores]
    #[arg(long, value_parser = value::<Workers>)]
    pub workers: Option<Workers>,
    /// Name of the topic, bucket or folder [default: by domain]
    #[arg(long, value_name = "NAME")]
    pub destination: Option<String>,
    /// at-least-once or exactly-once; objects and files always have each record once
    #[arg(long, default_value = "at-least-once", value_parser = value::<Guarantee>)]
    pub delivery: Guarantee,
    /// How keys of messages are written: string, avro, json or none
    #[arg(long, default_value = "string", value_parser = value::<KeyFormat>)]
    pub key_format: KeyFormat,
    /// A header of each message, a constant or the value of a field: source=emulator,
    /// 'country=$country'; may be given several times
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = header)]
    pub headers: Vec<(String, HeaderValue)>,
    /// The probability that a message has no value; of changes, that a deletion has none
    #[arg(long, value_name = "PROBABILITY", default_value = "0", value_parser = value::<Tombstones>)]
    pub tombstones: Tombstones,
    /// Under which subjects schemas are registered: topic, record or topic-record
    #[arg(long, value_name = "STRATEGY", default_value = "topic", value_parser = value::<SubjectStrategy>)]
    pub subject_strategy: SubjectStrategy,
    /// What is to be wrong on purpose: JSON such as '{"late": 0.05, "duplicate": {"share": 0.01}}',
    /// or a JSON file with it; in place of what a model says, and '{}' for nothing
    #[arg(long, value_name = "JSON", value_parser = imperfections::imperfections)]
    pub imperfections: Option<Imperfections>,
    /// Write what is needed to make the same data again to this file
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// Draw how many records there would be at which time, and make none
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run: draw it as a picture into this file
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    pub svg: Option<PathBuf>,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// What `emulate --manifest` wrote, or GET /emulator/{id}/manifest answered
    pub manifest: PathBuf,
    /// kafka, minio, file:DIR [default: where the run delivered to]; or the end of a pipeline of your
    /// own: parquet:DIR, parquet:s3://BUCKET/PREFIX, postgres://USER:PASSWORD@HOST/DATABASE#TABLE or
    /// sqlite:FILE#TABLE, rows in any order
    #[arg(long, value_name = "SOURCE")]
    pub from: Option<SecretString>,
    /// Names of columns of such a table where they are not those of fields; a field without a name is
    /// not compared: amount=price,merchant=
    #[arg(long, value_name = "FIELD=COLUMN,...", value_delimiter = ',', value_parser = column)]
    pub columns: Vec<(String, Option<String>)>,
    /// Tell machines: one JSON object, whose ranges are first and last index
    #[arg(long)]
    pub json: bool,
}

/// A field, and the column that has it.
fn column(text: &str) -> Result<(String, Option<String>), String> {
    match text.split_once('=') {
        Some((field, column)) if !field.is_empty() => {
            let column = Some(column.to_owned()).filter(|column| !column.is_empty());
            Ok((field.to_owned(), column))
        }
        _ => Err("expected FIELD=COLUMN, or FIELD= to leave a field out".to_owned()),
    }
}

/// A value of the domain; clap says which option has which wrong value.
pub(crate) fn value<T: FromStr<Err = InvalidValue>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: InvalidValue| error.advice())
}

fn bytes(text: &str) -> Result<ChunkSize, String> {
    value(&plain(text, "bytes"))
}

fn seconds(text: &str) -> Result<Timeout, String> {
    value(&plain(text, "seconds"))
}

fn count(text: &str) -> Result<RecordCount, String> {
    value(&plain(text, "records"))
}

fn header(text: &str) -> Result<(String, HeaderValue), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.into())),
        None => {
            Err("expected NAME=VALUE, such as source=emulator or 'country=$country'".to_owned())
        }
    }
}

pub(crate) fn point_in_time(text: &str) -> Result<Timestamp, String> {
    time::parse(text).map_err(|error| error.advice())
}

impl Cli {
    /// The settings that were given as options.
    pub fn settings(&self) -> Vec<Argument> {
        let serve = match &self.command {
            Command::Serve(serve) => serve,
            Command::Access(command) => {
                let data_dir = ("data.dir", "--data-dir", command.data_dir());
                return self.common.arguments(&[data_dir]);
            }
            _ => return self.common.arguments(&[]),
        };
        self.common.arguments(&[
            ("http.host", "--host", serve.host.as_deref()),
            ("http.port", "--port", serve.port.as_deref()),
            ("data.dir", "--data-dir", serve.data_dir.as_deref()),
            ("models.dir", "--models", serve.models.as_deref()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
