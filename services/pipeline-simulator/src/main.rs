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
            // Nobody is left to be told if standard error is closed.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(if error.is::<SettingsError>() { 2 } else { 1 })
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<u8> {
    let sources = Sources::of_process(cli.common.config.clone(), cli.settings());
    let raw = Settings::load(&table(), &sources)?;
    let settings = ServiceSettings::from(&raw)?;
    // A command's own lines should not drown in the log's.
    let quiet = matches!(cli.command, Command::Run(_) | Command::Analyse);
    telemetry::start_logs(&raw, quiet, OWN_CRATES)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the machine gives no threads")?;
    let code = runtime.block_on(async {
        let stop = shutdown::on_signals()?;
        commands::carry_out(&cli.command, settings, &stop).await
    });
    // What still runs was waited for as long as was promised.
    runtime.shutdown_background();
    code
}
