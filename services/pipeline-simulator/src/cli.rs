//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use platform_access::AccessCommand;
use platform_runtime::command::{Common, SharedCommand, version};
use platform_runtime::exit_codes::{self, INTERRUPTED, WRONG_USE};
use platform_runtime::settings::Argument;

/// Rehearses a pipeline: rows of spreadsheets become events on Kafka, land in a database, and are
/// acknowledged when they have arrived on every topic.
#[derive(Debug, Parser)]
#[command(name = "pipeline-simulator", version = version(env!("BUILD_COMMIT"), None), propagate_version = true)]
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
    /// Run the whole pipeline in one process and report whether anything was lost
    #[command(after_help = exit_codes::section(
        &[
            (0, "every row landed and every complete id was acknowledged once"),
            (1, "not so, or it failed"),
        ],
        &[WRONG_USE, INTERRUPTED],
    ))]
    Run(Run),
    /// Send the rows of spreadsheets to their topics
    #[command(after_help = exit_codes::section(
        &[(0, "all rows are stored"), (1, "a row is not")],
        &[WRONG_USE, INTERRUPTED],
    ))]
    Produce(Produce),
    /// Write (land) events to the tables of a database, until stopped
    Land,
    /// Acknowledge ids that have arrived on all topics, until stopped
    Acknowledge(Acknowledge),
    /// Serve a page that shows topics, messages and consumer groups, live
    Monitor(Monitor),
    /// Read all existing events and acknowledgements and chart when they arrived
    Analyse,
    /// Who may use the monitor, and who did what.
    #[command(flatten)]
    Access(AccessCommand),
    /// The program itself.
    #[command(flatten)]
    Shared(SharedCommand),
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Start a Kafka broker in this process and use it
    #[arg(long)]
    pub embedded: bool,
    /// What is sent.
    #[command(flatten)]
    pub input: Input,
    /// Folder for database, state, sample spreadsheets and charts [default: pipeline-data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<String>,
}

/// Options of `produce`.
#[derive(Debug, Args)]
pub struct Produce {
    /// What is sent.
    #[command(flatten)]
    pub input: Input,
}

/// Options of `acknowledge`.
#[derive(Debug, Args)]
pub struct Acknowledge {
    /// Acknowledge the complete ids that were skipped because the group's offsets were moved
    /// forward, then exit; stop a running `acknowledge` first
    #[arg(long)]
    pub settle: bool,
}

/// What is sent, and how fast.
#[derive(Debug, Args)]
pub struct Input {
    /// Folder with sim_file1.xlsx, sim_file2.xlsx and sim_file3.xlsx [default: samples of 50 rows,
    /// made in the data folder]
    #[arg(long, value_name = "DIR", conflicts_with = "rows")]
    pub input: Option<PathBuf>,
    /// Send this many sample rows to each topic instead of spreadsheets
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(1..))]
    pub rows: Option<i64>,
    /// Random wait before each row of a topic, up to this many milliseconds [default: 100; with
    /// --rows 0]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(..=3_600_000))]
    pub delay: Option<u64>,
    /// Send this many events per second in total
    #[arg(long, value_name = "EVENTS", value_parser = rate, conflicts_with = "delay")]
    pub rate: Option<f64>,
}

/// Options of `monitor`.
#[derive(Debug, Args)]
pub struct Monitor {
    /// Host name or address to listen on [default: 127.0.0.1]
    #[arg(long)]
    pub host: Option<String>,
    /// Port to listen on, 0 for a free one [default: 8080]
    #[arg(long)]
    pub port: Option<String>,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: Option<f64> = text.parse().ok();
    rate.filter(|rate| (0.001..=10_000_000.0).contains(rate))
        .ok_or_else(|| "expected a number of events per second, 0.001 to 10000000".to_owned())
}

impl Cli {
    /// The settings given as options.
    pub fn settings(&self) -> Vec<Argument> {
        match &self.command {
            Command::Run(run) => {
                self.common
                    .arguments(&[("data.dir", "--data-dir", run.data_dir.as_deref())])
            }
            Command::Monitor(monitor) => self.common.arguments(&[
                ("http.host", "--host", monitor.host.as_deref()),
                ("http.port", "--port", monitor.port.as_deref()),
            ]),
            Command::Produce(_)
            | Command::Land
            | Command::Acknowledge(_)
            | Command::Analyse
            | Command::Shared(_) => self.common.arguments(&[]),
            Command::Access(command) => {
                let data_dir = ("data.dir", "--data-dir", command.data_dir());
                self.common.arguments(&[data_dir])
            }
        }
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
    fn a_rate_is_a_number_in_its_range() {
        assert_eq!(rate("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "1e9", "NaN", "fast", ""] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
