//! The pipeline simulator: sends spreadsheets to Kafka, lands events in SQL, acknowledges ids and
//! charts the delays.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use pipeline_simulator::cli::{Cli, Command};
use pipeline_simulator::settings::{ServiceSettings, table};
use pipeline_simulator::{OWN_CRATES, commands};
use platform_access::Access;
use platform_runtime::command::{ConfigCommand, SharedCommand};
use platform_runtime::program::Program;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let program = Program {
        common: &cli.common,
        arguments: cli.settings(),
        table: &table(),
        crates: OWN_CRATES,
        is_transient: |_| false,
        quiet: matches!(
            cli.command,
            Command::Run(_) | Command::Analyse | Command::Access(_) | Command::Shared(_)
        ),
        log_files: None,
    };
    program.run(async |all, stop| {
        let settings = ServiceSettings::from(all)?;
        if let Command::Shared(command) = &cli.command {
            if let SharedCommand::Config(ConfigCommand::Check) = command {
                Access::check(&settings.http.access, Some(&settings.data_dir))?;
            }
            return command.run(Cli::command(), all);
        }
        commands::execute(&cli.command, settings, &stop).await
    })
}
