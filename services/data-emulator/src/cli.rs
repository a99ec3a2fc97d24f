//! The command line.

use clap::{Args, Parser, Subcommand};
use emulator_domain::GENERATOR_VERSION;
use platform_access::AccessCommand;
use platform_runtime::command::{Common, SharedCommand, version};
use platform_runtime::exit_codes::{self, INTERRUPTED, TRY_AGAIN, WRONG_USE};
use platform_runtime::settings::Argument;

use crate::emulate::{Emulate, Schema};
use crate::gate::Gate;
use crate::model::ModelCommand;
use crate::truth::Truth;
use crate::verify::Verify;

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
    #[command(after_help = exit_codes::section(
        &[(0, "the run is completed, or standard output was closed"), (1, "the run failed")],
        &[WRONG_USE, TRY_AGAIN, INTERRUPTED],
    ))]
    Emulate(Box<Emulate>),
    /// Read back what a run delivered and compare it with what it should have delivered
    ///
    /// Finds missing, duplicate, corrupt, foreign and out-of-order records, by index. In a topic
    /// that runs share, records of other emulations are counted, but are not faults. A failed or
    /// cancelled run may lack as many records as were not acknowledged.
    #[command(after_help = exit_codes::section(
        &[
            (0, "the run is completed and all records are there, once, unchanged and in order"),
            (1, "they are not, or cannot be read"),
        ],
        &[WRONG_USE, TRY_AGAIN, INTERRUPTED],
    ))]
    Verify(Verify),
    /// List the deliberate faults of a run, with the records as they would be without them
    ///
    /// Prints one JSON object per line for each record with a fault, in the order of the records,
    /// regenerated from the manifest: index, kind, the numbers of its deliveries, and the record
    /// without the fault.
    Imperfections(Truth),
    /// Print the schema of a domain or of a stream in a schema language
    Schema(Schema),
    /// Check, describe, sample or import a model of your own data
    #[command(subcommand)]
    Model(ModelCommand),
    /// Measure whether generated payments are realistic
    #[command(after_help = exit_codes::section(
        &[(0, "all bounds are met"), (1, "a bound is missed")],
        &[WRONG_USE, INTERRUPTED],
    ))]
    Gate(Gate),
    /// Print the OpenAPI document
    Openapi,
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
    /// Also start a Kafka broker, an S3 store and a schema registry in this process, and use them
    #[arg(long)]
    pub embedded: bool,
    /// Host name or address to listen on [default: 127.0.0.1]
    #[arg(long)]
    pub host: Option<String>,
    /// Port to listen on, 0 for a free one [default: 8000]
    #[arg(long)]
    pub port: Option<String>,
    /// Directory with models to offer in addition to the built-in domains
    #[arg(long, value_name = "DIR")]
    pub models: Option<String>,
    /// Directory for persistent state, or memory to keep nothing after the process ends [default:
    /// the user's state directory; with --embedded: memory]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<String>,
}

impl Cli {
    /// The settings given as options.
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

    fn refused(line: &str) -> String {
        let words = std::iter::once("data-emulator").chain(line.split(' '));
        Cli::try_parse_from(words).unwrap_err().to_string()
    }

    #[test]
    fn a_negative_number_is_told_what_is_allowed() {
        for (line, told) in [
            (
                "emulate transaction --to null --count -1",
                "invalid value '-1' for '--count <COUNT>': expected 1 to 9223372036854775807 records",
            ),
            (
                "emulate transaction --to null --first-index -1",
                "invalid value '-1' for '--first-index <INDEX>': expected 0 to 9223372036854775807 records",
            ),
            (
                "emulate transaction --to null --workers -2",
                "'--workers <WORKERS>': expected 1 to 256 workers",
            ),
            (
                "emulate transaction --to null --seed -1",
                "'--seed <SEED>': expected ",
            ),
            (
                "model sample a.yaml:b --count -1",
                "'--count <COUNT>': -1 is not in 0..=65535",
            ),
        ] {
            let said = refused(line);
            assert!(said.contains(told) && !said.contains("tip:"), "{said}");
        }
    }

    #[test]
    fn help_says_what_the_exit_codes_mean() {
        for (line, codes) in [
            ("emulate --help", &["0", "1", "2", "3", "130"][..]),
            ("emulate -h", &["0", "1", "2", "3", "130"]),
            ("verify --help", &["0", "1", "2", "3", "130"]),
            ("gate --help", &["0", "1", "2", "130"]),
            ("model check --help", &["0", "2"]),
            ("config check --help", &["0", "2"]),
            ("audit verify --help", &["0", "1", "2"]),
        ] {
            let help = refused(line);
            let (_, section) = help.split_once("Exit codes:\n").expect(&help);
            let found = section
                .lines()
                .filter_map(|line| line.split_whitespace().next());
            assert_eq!(found.collect::<Vec<_>>(), codes, "{line}: {help}");
        }
    }
}
