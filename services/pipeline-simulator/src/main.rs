//! The pipeline simulator: spreadsheets to Kafka, landed in SQL, acknowledged, the delays drawn.

use std::process::ExitCode;

use clap::Parser;
use pipeline_simulator::cli::{Cli, Command};
use pipeline_simulator::settings::{ServiceSettings, table};
use pipeline_simulator::{OWN_CRATES, commands};
use platform_runtime::program::Program;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let program = Program {
        common: &cli.common,
        arguments: cli.settings(),
        table: &table(),
        crates: OWN_CRATES,
        is_transient: |_| false,
        quiet: matches!(cli.command, Command::Run(_) | Command::Analyse),
        log_files: None,
    };
    program.run(async |settings, stop| {
        let settings = ServiceSettings::from(settings)?;
        commands::execute(&cli.command, settings, &stop).await
    })
}
