//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use platform_access::AccessCommand;
use platform_runtime::command::{Common, SharedCommand, version};
use platform_runtime::exit_codes::{self, INTERRUPTED, TRY_AGAIN, WRONG_USE};
use platform_runtime::settings::Argument;

/// Keeps tables whose every row obeys a data dictionary: loads history, takes new rows over HTTP,
/// backs tables up, and reports.
#[derive(Debug, Parser)]
#[command(name = "data-warehouse", version = version(env!("BUILD_COMMIT"), None), propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Where settings come from, and how much is logged.
    #[command(flatten)]
    pub common: Common,
    /// Folder for the SQLite database, backups, rejected rows and reports [default: warehouse-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<String>,
    /// A data dictionary in TOML [default: departments, jobs and employees]
    #[arg(long, global = true, value_name = "FILE")]
    pub dictionary: Option<String>,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Load the history if its folder is set, then serve HTTP until stopped
    Serve(Serve),
    /// Load CSV files, one per table, each completely or not at all
    #[command(after_help = exit_codes::section(
        &[
            (0, "every file is loaded, now or earlier"),
            (1, "a file is not loaded, or all of its rows were rejected"),
        ],
        &[WRONG_USE, TRY_AGAIN, INTERRUPTED],
    ))]
    Migrate(Migrate),
    /// Write a table to a new backup
    #[command(after_help = exit_codes::section(
        &[(0, "the backup is written"), (1, "it is not")],
        &[WRONG_USE, TRY_AGAIN, INTERRUPTED],
    ))]
    Backup(OneTable),
    /// Replace a table by a backup
    #[command(after_help = exit_codes::section(
        &[(0, "the table has the rows of the backup"), (1, "it is as it was")],
        &[WRONG_USE, TRY_AGAIN, INTERRUPTED],
    ))]
    Restore(Restore),
    /// Write a report as CSV, HTML and SVG
    Report(Report),
    /// Send a request to a running service
    Client(Client),
    /// Generate a sample history with known faults, load it, report on it and check the figures
    #[command(after_help = exit_codes::section(
        &[(0, "every row was loaded or rejected as expected"), (1, "a row was not")],
        &[WRONG_USE, INTERRUPTED],
    ))]
    Run(Run),
    /// Who may use the service, and who did what.
    #[command(flatten)]
    Access(AccessCommand),
    /// The program itself.
    #[command(flatten)]
    Shared(SharedCommand),
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Host name or address to listen on [default: 127.0.0.1]
    #[arg(long)]
    pub host: Option<String>,
    /// Port to listen on, 0 for a free one [default: 8000]
    #[arg(long)]
    pub port: Option<String>,
}

/// Options of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Folder with TABLE.csv or TABLE.csv.gz
    #[arg(long, value_name = "DIR")]
    pub input: Option<String>,
    /// The first line of each file is a header with the names of the fields
    #[arg(long)]
    pub header: bool,
    /// Field separator: one ASCII character, or tab [default: ,]
    #[arg(long, value_name = "CHARACTER")]
    pub separator: Option<String>,
    /// Load nothing of a file if more of its rows than this are rejected
    #[arg(long, value_name = "ROWS")]
    pub max_rejects: Option<String>,
}

/// A table.
#[derive(Debug, Args)]
pub struct OneTable {
    /// The table
    pub table: String,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The table
    pub table: String,
    /// The name of the backup [default: the newest]
    #[arg(long, value_name = "NAME")]
    pub backup: Option<String>,
}

/// Which report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportKind {
    /// Hires by department, job and quarter
    Req1,
    /// Departments that hired more than the mean
    Req2,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// The report
    pub which: ReportKind,
    /// The year
    #[arg(long, default_value_t = 2021, value_parser = clap::value_parser!(u16).range(1..=9999))]
    pub year: u16,
}

/// Options of `client`.
#[derive(Debug, Args)]
pub struct Client {
    /// URL of the service
    #[arg(long, global = true, default_value = "http://localhost:8000")]
    pub url: String,
    /// What to ask.
    #[command(subcommand)]
    pub question: Question,
}

/// What the client can ask.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Send the rows of a CSV file without a header, 1,000 per request
    AddNewRecords {
        /// The table
        table: String,
        /// The file
        file: PathBuf,
    },
    /// Back up a table
    Backup {
        /// The table
        table: String,
    },
    /// Replace a table by its newest backup
    Restore {
        /// The table
        table: String,
    },
    /// Show one row
    Get {
        /// The row's key
        id: i32,
        /// The table
        table: String,
    },
    /// Show hires by department, job and quarter as CSV
    Req1,
    /// Show departments that hired more than the mean as CSV
    Req2,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Use a SQLite database in the subfolder `sample` of the data folder, and a sample history
    #[arg(long, required = true)]
    pub embedded: bool,
    /// How many employees the sample has
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub employees: u32,
    /// Seed of the sample; another seed makes other employees
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

impl Cli {
    /// The settings given as options.
    pub fn settings(&self) -> Vec<Argument> {
        let own = [
            ("data.dir", "--data-dir", self.data_dir.as_deref()),
            (
                "dictionary.file",
                "--dictionary",
                self.dictionary.as_deref(),
            ),
        ];
        let more = match &self.command {
            Command::Serve(serve) => vec![
                ("http.host", "--host", serve.host.as_deref()),
                ("http.port", "--port", serve.port.as_deref()),
            ],
            Command::Migrate(migrate) => vec![
                ("history.dir", "--input", migrate.input.as_deref()),
                (
                    "history.header",
                    "--header",
                    migrate.header.then_some("true"),
                ),
                (
                    "history.separator",
                    "--separator",
                    migrate.separator.as_deref(),
                ),
                (
                    "history.max_rejects",
                    "--max-rejects",
                    migrate.max_rejects.as_deref(),
                ),
            ],
            _ => Vec::new(),
        };
        self.common.arguments(&[&own[..], &more].concat())
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
