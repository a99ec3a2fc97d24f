//! The data warehouse: loads history, validates rows, backs tables up, draws reports.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use data_warehouse::cli::{Cli, Command};
use data_warehouse::settings::{ServiceSettings, log_files, table};
use data_warehouse::{OWN_CRATES, commands, is_transient};
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
        is_transient,
        quiet: !matches!(cli.command, Command::Serve(_)),
        log_files: Some(match cli.command {
            Command::Client(_) => |settings| log_files(settings, "client"),
            _ => |settings| log_files(settings, "data-warehouse"),
        }),
    };
    program.run(async |all, stop| {
        let settings = ServiceSettings::from(all)?;
        if let Command::Shared(command) = &cli.command {
            if let SharedCommand::Config(ConfigCommand::Check) = command {
                Access::check(&settings.http.access, Some(&settings.data_dir))?;
            }
            return command.run(Cli::command(), all);
        }
        commands::execute(&cli.command, &settings, &stop).await
    })
}
