//! The Data Emulator: a REST service and a command.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use data_emulator::cli::{Cli, Command};
use data_emulator::settings::{ServiceSettings, table};
use data_emulator::{Application, Embedded, OWN_CRATES, emulate, exit_code, verify};
use platform_runtime::settings::{Settings, Sources};
use platform_runtime::{shutdown, telemetry, tls};

fn main() -> ExitCode {
    tls::install_provider();
    let cli = Cli::parse();
    match run(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Nobody is left to be told if standard error is closed.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<u8> {
    let sources = Sources::of_process(cli.common.config.clone(), cli.settings());
    let raw = Settings::load(&table(), &sources)?;
    let settings = ServiceSettings::from(&raw)?;
    // A command's own lines should not drown in the log's.
    let quiet = matches!(cli.command, Command::Emulate(_) | Command::Verify(_));
    telemetry::start_logs(&raw, quiet, OWN_CRATES)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the machine gives no threads")?;
    let code = runtime.block_on(async {
        match &cli.command {
            Command::Serve(options) => serve(settings, options.embedded).await,
            Command::Emulate(options) => {
                emulate::run(options, &settings, shutdown::on_signals()?).await
            }
            Command::Verify(options) => {
                verify::run(options, &settings, shutdown::on_signals()?).await
            }
            Command::Openapi => {
                io::stdout().write_all(emulator_rest::openapi_json().as_bytes())?;
                Ok(0)
            }
        }
    });
    // What still runs was waited for as long as was promised.
    runtime.shutdown_background();
    code
}

async fn serve(mut settings: ServiceSettings, embedded: bool) -> anyhow::Result<u8> {
    let stop = shutdown::on_signals()?;
    let embedded = if embedded {
        Some(Embedded::start(&mut settings).await?)
    } else {
        None
    };
    let application = Application::build(settings, stop)?;
    let mut welcome = application.welcome();
    if let Some(embedded) = &embedded {
        welcome += &embedded.welcome(application.port());
    }
    // The log says the address, too, if standard output is closed.
    let _ = io::stdout().write_all(welcome.as_bytes());
    application.run_until_stopped().await?;
    drop(embedded);
    Ok(0)
}
