//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use platform_runtime::command::Common;
use platform_runtime::settings::Argument;

/// Emulates realistic sources of data and accounts for every record.
#[derive(Debug, Parser)]
#[command(name = "data-emulator", version, propagate_version = true)]
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
    /// Print the OpenAPI document
    Openapi,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Start a Kafka and an S3 store in this process, too, and use those
    #[arg(long)]
    pub embedded: bool,
    /// Where to listen [default: every interface]
    #[arg(long)]
    pub host: Option<String>,
    /// Port to listen on, 0 for a free one [default: 8000]
    #[arg(long)]
    pub port: Option<String>,
    /// Folder for what outlives the process
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<String>,
}

/// Options of `emulate`.
#[derive(Debug, Args)]
pub struct Emulate {
    /// transaction, user-profile or device-log
    pub domain: String,
    /// kafka, minio, file:DIR, stdout or null
    #[arg(long, value_name = "SINK", value_parser = Target::parse)]
    pub to: Target,
    /// json, ndjson or csv
    #[arg(long, default_value = "ndjson")]
    pub format: String,
    /// How records are gathered into objects: grouped, chunked or single
    #[arg(long, default_value = "grouped")]
    pub sync: String,
    /// Bytes that close an object of a chunked run
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    pub max_chunk_size: i128,
    /// Seconds to generate for [default: 10; a year if something else ends the run]
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<i128>,
    /// Records at most
    #[arg(long)]
    pub count: Option<i128>,
    /// Where all randomness comes from; the same seed makes the same records [default: drawn]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Records a second of event time [default: 10000]
    #[arg(long)]
    pub rate: Option<f64>,
    /// realtime or unlimited [default: realtime if there is a rate, else unlimited]
    #[arg(long)]
    pub pace: Option<String>,
    /// Event time of the first record, as 2026-01-01T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = start_time)]
    pub start_time: Option<emulator_domain::Timestamp>,
    /// Generating threads, 1 to 256; never changes a byte [default: the machine's cores]
    #[arg(long)]
    pub workers: Option<i128>,
    /// Name of the topic, bucket or folder [default: by domain]
    #[arg(long, value_name = "NAME")]
    pub destination: Option<String>,
    /// at-least-once or exactly-once
    #[arg(long)]
    pub delivery: Option<String>,
    /// Write what is needed to make the same data again to this file
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// What `emulate --manifest` wrote, or GET /emulator/{id}/manifest answered
    pub manifest: PathBuf,
    /// kafka, minio or file:DIR [default: where the run delivered to]
    #[arg(long, value_name = "SOURCE", value_parser = Source::parse)]
    pub from: Option<Source>,
    /// Tell machines: one JSON object, whose ranges are first and last index
    #[arg(long)]
    pub json: bool,
}

/// What `verify` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The cluster of the settings.
    Kafka,
    /// The S3 store of the settings.
    Minio,
    /// A folder.
    File(PathBuf),
}

impl Source {
    fn parse(text: &str) -> Result<Self, String> {
        match Target::parse(text) {
            Ok(Target::Kafka) => Ok(Self::Kafka),
            Ok(Target::Minio) => Ok(Self::Minio),
            Ok(Target::File(folder)) => Ok(Self::File(folder)),
            Ok(Target::Stdout | Target::Null) | Err(_) => {
                Err("allowed is kafka, minio, file:DIR".to_owned())
            }
        }
    }
}

/// Where `emulate` delivers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The cluster of the settings.
    Kafka,
    /// The S3 store of the settings.
    Minio,
    /// A folder.
    File(PathBuf),
    /// Standard output.
    Stdout,
    /// Nowhere.
    Null,
}

impl Target {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("file", folder)) if !folder.is_empty() => Ok(Self::File(folder.into())),
            None if text == "kafka" => Ok(Self::Kafka),
            None if text == "minio" => Ok(Self::Minio),
            None if text == "stdout" => Ok(Self::Stdout),
            None if text == "null" => Ok(Self::Null),
            _ => Err("allowed is kafka, minio, file:DIR, stdout, null".to_owned()),
        }
    }
}

fn start_time(text: &str) -> Result<emulator_domain::Timestamp, String> {
    const ALLOWED: &str = "allowed is RFC 3339, as 2026-01-01T00:00:00Z, of the years 1970 to 9999";
    let time: jiff::Timestamp = text.parse().map_err(|_| ALLOWED.to_owned())?;
    emulator_domain::Timestamp::from_micros(time.as_microsecond()).ok_or(ALLOWED.to_owned())
}

impl Cli {
    /// The settings that were given as options.
    pub fn settings(&self) -> Vec<Argument> {
        let Command::Serve(serve) = &self.command else {
            return self.common.arguments(&[]);
        };
        self.common.arguments(&[
            ("http.host", "--host", serve.host.as_deref()),
            ("http.port", "--port", serve.port.as_deref()),
            ("data.dir", "--data-dir", serve.data_dir.as_deref()),
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

    #[test]
    fn a_target_is_a_sink_and_a_folder_needs_its_path() {
        assert_eq!(
            Target::parse("file:/tmp/a:b"),
            Ok(Target::File("/tmp/a:b".into()))
        );
        assert_eq!(Target::parse("null"), Ok(Target::Null));
        for wrong in ["file", "file:", "kafka:9092", "s3", ""] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_start_time_may_have_any_offset_and_lies_in_the_calendar() {
        let micros = |text| start_time(text).map(emulator_domain::Timestamp::micros);
        assert_eq!(micros("2026-01-01T00:00:00Z"), Ok(1_767_225_600_000_000));
        assert_eq!(
            micros("2026-01-01T02:00:00.5+02:00"),
            Ok(1_767_225_600_500_000)
        );
        for wrong in [
            "2026-01-01",
            "1969-12-31T23:59:59Z",
            "now",
            "2026-13-01T00:00:00Z",
        ] {
            assert!(micros(wrong).is_err(), "{wrong}");
        }
    }
}
