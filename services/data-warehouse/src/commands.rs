//! Executes the commands.

mod client;
mod embedded;
mod migrate;
mod report;
mod serve;

use std::io::{self, Write};
use std::sync::Arc;

use indicatif::HumanCount;
use jiff::Timestamp;
use platform_runtime::exit_codes::INTERRUPTED;
use platform_runtime::program::WrongUse;
use tokio_util::sync::CancellationToken;
use warehouse_application::Warehouse;
use warehouse_domain::dictionary::Table;

use crate::cli::Command;
use crate::composition;
use crate::settings::ServiceSettings;

/// Executes the command until it is done or `stop` is cancelled; returns the exit code. An
/// interrupted command is rolled back.
///
/// # Errors
/// If it failed.
pub async fn execute(
    command: &Command,
    settings: &ServiceSettings,
    stop: &CancellationToken,
) -> anyhow::Result<u8> {
    if let Command::Serve(_) = command {
        return serve::serve(settings, stop).await;
    }
    let work = async {
        match command {
            Command::Serve(_) => unreachable!("it was served above"),
            Command::Migrate(_) => migrate::run(settings).await,
            Command::Backup(options) => {
                let warehouse = composition::warehouse(settings).await?;
                let table = table(&warehouse, &options.table)?;
                let backup = warehouse.backup(table, now()).await?;
                let rows = backup.rows.unwrap_or_default();
                print_line(&format!(
                    "{}: {rows} rows, {} bytes",
                    backup.name, backup.bytes
                ));
                Ok(0)
            }
            Command::Restore(options) => {
                let warehouse = composition::warehouse(settings).await?;
                let table = table(&warehouse, &options.table)?;
                let restored = warehouse.restore(table, options.backup.clone()).await?;
                print_line(&format!(
                    "{} restored from {}: {} rows",
                    options.table, restored.name, restored.rows
                ));
                for dangling in &restored.dangling {
                    print_line(&format!("  leaves {dangling}"));
                }
                Ok(0)
            }
            Command::Report(options) => report::run(settings, options).await,
            Command::Client(client) => client::run(client).await,
            Command::Run(options) => embedded::run(options, settings).await,
            Command::Access(command) => command.run(Some(&settings.data_dir)),
            Command::Shared(_) => unreachable!("it is answered by main"),
        }
    };
    tokio::select! {
        done = work => done,
        () = stop.cancelled() => Ok(INTERRUPTED),
    }
}

fn table(warehouse: &Warehouse, name: &str) -> anyhow::Result<Arc<Table>> {
    let tables = warehouse.dictionary.tables().iter();
    let names: Vec<_> = tables.map(|table| table.name().as_str()).collect();
    warehouse.table(name).ok_or_else(|| {
        let message = format!("unknown table {name:?}; expected {}", names.join(", "));
        WrongUse(message).into()
    })
}

/// Milliseconds since 1970-01-01T00:00:00Z.
fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// What became of the empty lines of a CSV file.
fn skipped(empty_lines: u64) -> String {
    let lines = if empty_lines == 1 { "line" } else { "lines" };
    format!("{} empty {lines} skipped", HumanCount(empty_lines))
}

/// Prints a line to standard output.
fn print_line(line: &str) {
    // If standard output is closed there is nowhere to report it.
    let _ = writeln!(io::stdout(), "{line}");
}
