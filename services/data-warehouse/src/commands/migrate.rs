//! Loads historical files into their tables.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use platform_runtime::settings::SettingsError;
use tracing::{info, warn};
use warehouse_application::Warehouse;
use warehouse_application::migrate::{Migrated, Migration, Progress};
use warehouse_domain::dictionary::Table;
use warehouse_ports::HistoryFile;

use super::{now, print_line, skipped};
use crate::composition;
use crate::settings::ServiceSettings;

pub(super) async fn run(settings: &ServiceSettings) -> anyhow::Result<u8> {
    let folder = settings.history.as_deref().ok_or_else(|| {
        let message = "no folder with CSV files; name it with --input DIR or HISTORY_DIR";
        SettingsError::combination("history.dir", message)
    })?;
    let warehouse = composition::warehouse(settings).await?;
    let migrated = migrate(settings, &warehouse, folder).await?;
    for (table, migrated) in &migrated {
        print_line(&describe(table, migrated));
    }
    if migrated.is_empty() {
        anyhow::bail!(
            "{} has no file for any table; files are named TABLE.csv or TABLE.csv.gz",
            folder.display()
        );
    }
    let is_refused = migrated.iter().any(|(_, migrated)| {
        matches!(migrated, Migrated::Loaded { record, .. } if record.is_wholly_rejected())
    });
    Ok(u8::from(is_refused))
}

/// Loads all files of the folder, each table after those that it strictly refers to.
pub(super) async fn migrate(
    settings: &ServiceSettings,
    warehouse: &Warehouse,
    folder: &Path,
) -> anyhow::Result<Vec<(Arc<Table>, Migrated)>> {
    let history = composition::history(folder);
    let mut all = Vec::new();
    for table in warehouse.dictionary.loading_order() {
        let Some(file) = history.file(table)? else {
            continue;
        };
        let bar = bar(table, &*file);
        let shown = bar.clone();
        let job = Migration {
            table: Arc::clone(table),
            file: Arc::from(file),
            format: settings.format,
            rejects: composition::rejects(settings),
            max_rejects: settings.max_rejects,
            now: now(),
            progress: Arc::new(move |progress| show(&shown, progress)),
        };
        let migrated = warehouse.migrate(job).await;
        bar.finish_and_clear();
        let migrated = migrated.with_context(|| format!("the table {}", table.name()))?;
        log(table, &migrated);
        all.push((Arc::clone(table), migrated));
    }
    Ok(all)
}

fn bar(table: &Table, file: &dyn HistoryFile) -> ProgressBar {
    let bar = match file.size() {
        Some(size) => ProgressBar::new(size),
        None => ProgressBar::no_length(),
    };
    bar.set_draw_target(if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::hidden()
    });
    bar.set_style(
        ProgressStyle::with_template("{prefix:12} {bar:30} {msg}")
            .expect("the template is well formed"),
    );
    bar.set_prefix(table.name().to_string());
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_position(progress.bytes);
    let seconds = bar.elapsed().as_secs_f64().max(0.001);
    let checked = progress.rows + progress.rejected;
    bar.set_message(format!(
        "{} rows, {} rejected, {} rows/s",
        HumanCount(progress.rows),
        HumanCount(progress.rejected),
        HumanCount((checked as f64 / seconds) as u64)
    ));
}

fn log(table: &Table, migrated: &Migrated) {
    match migrated {
        Migrated::Known(record) => {
            info!(table = %table.name(), file = record.file, "the file was loaded before");
        }
        Migrated::Loaded {
            record,
            empty_lines,
            ..
        } => {
            if record.is_wholly_rejected() {
                warn!(
                    table = %table.name(),
                    file = record.file,
                    rejected = record.rejected,
                    "every row is rejected, so the file does not count as loaded"
                );
            } else {
                info!(
                    table = %table.name(),
                    file = record.file,
                    rows = record.rows,
                    rejected = record.rejected,
                    empty_lines,
                    "the file is loaded"
                );
            }
            for (reason, faults) in &record.reasons {
                warn!(table = %table.name(), file = record.file, reason, faults, "rows rejected");
            }
        }
    }
}

/// The outcome for a file, in a few lines.
pub(super) fn describe(table: &Table, migrated: &Migrated) -> String {
    let name = table.name().as_str();
    match migrated {
        Migrated::Known(record) => format!(
            "{name:<14}nothing new: {} was loaded before ({} rows)",
            record.file,
            HumanCount(record.rows)
        ),
        Migrated::Loaded {
            record,
            empty_lines,
            rejects,
        } => {
            let mut text = format!(
                "{name:<14}{} rows loaded, {} rejected",
                HumanCount(record.rows),
                HumanCount(record.rejected)
            );
            for (reason, faults) in &record.reasons {
                text += &format!("\n{:<14}  {} {reason}", "", HumanCount(*faults));
            }
            if *empty_lines > 0 {
                text += &format!("\n{:<14}  {}", "", skipped(*empty_lines));
            }
            if let Some(path) = rejects {
                text += &format!("\n{:<14}  see {}", "", path.display());
            }
            text
        }
    }
}
