//! The pipeline simulator: spreadsheets to Kafka, landed in SQL, acknowledged, the delays drawn.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use pipeline_simulator::cli::{Cli, Command};
use pipeline_simulator::settings::{ServiceSettings, table};
use pipeline_simulator::{OWN_CRATES, commands};
use platform_runtime::settings::{Settings, SettingsError, Sources};
use platform_runtime::{shutdown, telemetry, tls};

fn main() -> ExitCode {
    tls::install_provider();
    match run(&Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // If standard error is closed there is nowhere to report it.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(if error.is::<SettingsError>() { 2 } else { 1 })
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<u8> {
    let sources = Sources::of_process(cli.common.config.clone(), cli.settings());
    let raw = Settings::load(&table(), &sources)?;
    let settings = ServiceSettings::from(&raw)?;
    // Log lines would bury the command's own output.
    let quiet = matches!(cli.command, Command::Run(_) | Command::Analyse);
    telemetry::start_logs(&raw, quiet, OWN_CRATES)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let code = runtime.block_on(async {
        let stop = shutdown::on_signals()?;
        commands::execute(&cli.command, settings, &stop).await
    });
    // Tasks that still run have used up their grace period.
    runtime.shutdown_background();
    code
}
