//! The Data Emulator: a REST service and a command.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use data_emulator::cli::{Cli, Command};
use data_emulator::settings::{ServiceSettings, table};
use data_emulator::{
    Application, Embedded, OWN_CRATES, emulate, gate, is_transient, model, requestable, truth,
    verify,
};
use platform_runtime::command::{ConfigCommand, SharedCommand};
use platform_runtime::output::print;
use platform_runtime::program::Program;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let program = Program {
        common: &cli.common,
        arguments: cli.settings(),
        table: &table(),
        crates: OWN_CRATES,
        is_transient,
        quiet: matches!(
            cli.command,
            Command::Emulate(_)
                | Command::Verify(_)
                | Command::Imperfections(_)
                | Command::Model(_)
                | Command::Gate(_)
                | Command::Access(_)
                | Command::Shared(_)
        ),
        log_files: None,
    };
    program.run(async |all, stop| {
        let settings = match &cli.command {
            // The embedded servers replace some of the settings.
            Command::Serve(options) if !options.embedded => ServiceSettings::of_service(all),
            Command::Shared(SharedCommand::Config(ConfigCommand::Check)) => {
                ServiceSettings::of_service(all)
            }
            _ => ServiceSettings::from(all),
        }?;
        match &cli.command {
            Command::Shared(command) => command.run(Cli::command(), all),
            Command::Serve(options) => serve(settings, options.embedded, stop).await,
            Command::Emulate(options) => emulate::run(options, &settings, stop).await,
            Command::Verify(options) => verify::run(options, &settings, stop).await,
            Command::Imperfections(options) => truth::run(options),
            Command::Schema(options) => {
                let text = emulate::schema(options)?;
                print(text.as_bytes())?;
                Ok(0)
            }
            Command::Model(command) => model::run(command, &settings),
            Command::Gate(options) => gate::run(options, stop).await,
            Command::Access(command) => command.run(settings.data_dir.path()?.as_deref()),
            Command::Openapi => {
                let document = emulator_rest::openapi_json(&requestable(&settings), &[]);
                print(document.as_bytes())?;
                Ok(0)
            }
        }
    })
}

async fn serve(
    mut settings: ServiceSettings,
    embedded: bool,
    stop: CancellationToken,
) -> anyhow::Result<u8> {
    let embedded = if embedded {
        Some(Embedded::start(&mut settings).await?)
    } else {
        None
    };
    let application = Application::build(settings, stop)?;
    let mut welcome = application.welcome();
    if let Some(embedded) = &embedded {
        welcome += &embedded.welcome(&application.url());
    }
    // If standard output is closed, the log still has the address.
    let _ = io::stdout().write_all(welcome.as_bytes());
    application.run_until_stopped().await?;
    drop(embedded);
    Ok(0)
}
