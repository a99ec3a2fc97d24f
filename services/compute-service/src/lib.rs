//! Services for a Core engine: assembles adapters from settings for each command.
//!
//! Another project builds a service by calling [`run`] with its own [`Processor`]s; see
//! docs/how-to/write-a-processor.md.

mod cli;
mod client;
mod commands;
mod composition;
pub mod processors;
mod samples;
pub mod settings;
mod workers;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};
use platform_access::Access;
use platform_runtime::command::{ConfigCommand, SharedCommand};
use platform_runtime::program::Program;

pub use compute_domain::{Field, MediaType, ServiceDescription, ServiceDraft, Tag};
pub use compute_ports::{Input, ProcessError, Processor, Work, process_in_memory};

/// Prefixes of the names of our own crates, for the logs.
const OWN_CRATES: &[&str] = &["compute_"];

/// The processors of this workspace.
pub fn processors() -> Vec<Arc<dyn Processor>> {
    vec![
        Arc::new(adapter_images::ImageThumbnail),
        Arc::new(adapter_images::AverageColour),
        Arc::new(processors::Emulate),
        Arc::new(adapter_tables::ProfileTable),
        Arc::new(processors::ScoreFraud),
    ]
}

/// The whole program with these processors: parses the command line and settings, executes the
/// command and returns the exit code.
pub fn run(processors: &[Arc<dyn Processor>]) -> ExitCode {
    let cli = cli::Cli::parse();
    if let cli::Command::Work(options) = &cli.command {
        return commands::work(processors, options);
    }
    let program = Program {
        common: &cli.common,
        arguments: cli.settings(),
        table: &settings::table(),
        crates: OWN_CRATES,
        is_transient: |_| false,
        quiet: !matches!(cli.command, cli::Command::Serve(_)),
        log_files: None,
    };
    program.run(async |all, stop| {
        let settings = settings::ServiceSettings::from(all)?;
        if let cli::Command::Shared(command) = &cli.command {
            if let SharedCommand::Config(ConfigCommand::Check) = command {
                Access::check(&settings.http.access, Some(&settings.data_dir))?;
            }
            return command.run(cli::Cli::command(), all);
        }
        commands::carry_out(&cli.command, processors, &settings, &stop).await
    })
}
