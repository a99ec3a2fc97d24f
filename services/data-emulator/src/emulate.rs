//! One run without a server.

mod run_progress;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adapter_filesystem::{FolderStore, Stdout};
use adapter_memory::Null;
use anyhow::Context;
use emulator_application::start_emulation::StartError;
use emulator_application::{Emulator, Limits, cancel_emulation, emulation_status, start_emulation};
use emulator_domain::Domain;
use emulator_domain::emulation::{Emulation, FailureKind, GlobalStatus};
use emulator_domain::plan::{Pace, PlanDraft, PlanError, Sink};
use emulator_rest::Manifest;
use platform_runtime::program::{TRY_AGAIN, WrongUse};
use platform_runtime::shutdown;
use tokio_util::sync::CancellationToken;

use self::run_progress::{RunProgress, summary};
use crate::cli::{Emulate, Target};
use crate::composition::{self, Destinations, Runs};
use crate::settings::ServiceSettings;

/// How often the run is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long an unlimited run goes on that nothing else ends, in seconds.
const SECONDS: i128 = 10;

/// Carries the run out and tells on standard error how it went; `interrupted` winds it up early.
/// Gives the exit code: 0 completed, or the reader of standard output has enough; 1 failed; 3 failed
/// in a way that may pass; 130 interrupted.
///
/// # Errors
/// If the run cannot be begun, or its manifest cannot be written.
pub async fn run(
    options: &Emulate,
    settings: &ServiceSettings,
    interrupted: CancellationToken,
) -> anyhow::Result<u8> {
    check_manifest(options.manifest.as_deref())?;
    let (sink, destinations) = destination(&options.to, settings)?;
    let threads = options
        .workers
        .and_then(|workers| usize::try_from(workers).ok());
    let threads = threads.map(|threads| threads.clamp(1, PlanDraft::MAX_WORKERS.into()));
    let limits = Limits {
        running: 1,
        waiting: 0,
    };
    let runs = Runs::in_memory(settings);
    let emulator = composition::emulator(settings, runs, destinations, limits, threads)?;
    let started = start_emulation::start_reproducibly(&emulator, draft(options, sink)).await;
    let emulation = started.map_err(|error| match error {
        StartError::Invalid(error) => anyhow::Error::new(WrongUse(in_options(&error))),
        error => error.into(),
    })?;
    let emulation = until_ended(&emulator, emulation, &interrupted).await?;
    // Its thread has said how it ended; this waits for what it leaves behind.
    emulator.shut_down(shutdown::BOUND).await;
    let failure = emulation.failure().map(|failure| failure.kind);
    if failure == Some(FailureKind::Closed) {
        return Ok(0);
    }
    if let Some(path) = &options.manifest {
        write_manifest(path, &emulation)?;
    }
    // Nobody is left to be told if standard error is closed.
    let _ = writeln!(io::stderr(), "{}", summary(&emulation, &options.to));
    Ok(match emulation.status() {
        GlobalStatus::Completed => 0,
        GlobalStatus::Cancelled => 130,
        GlobalStatus::Failed if failure.is_some_and(FailureKind::is_transient) => TRY_AGAIN,
        GlobalStatus::Processing | GlobalStatus::Failed => 1,
    })
}

fn destination(to: &Target, settings: &ServiceSettings) -> anyhow::Result<(Sink, Destinations)> {
    let (sink, destination) = match to {
        Target::Kafka => (Sink::Kafka, composition::kafka(settings)),
        Target::Minio => (Sink::Minio, composition::minio(settings)?),
        Target::File(folder) => (
            Sink::File,
            composition::objects(FolderStore::new(folder.clone())),
        ),
        Target::Stdout => {
            let stream = Stdout::of_process().context("there is no standard output")?;
            (Sink::Stdout, composition::objects(stream))
        }
        Target::Null => (Sink::Null, Arc::new(Null) as _),
    };
    Ok((sink, Destinations::from([(sink, destination)])))
}

fn draft(options: &Emulate, sink: Sink) -> PlanDraft {
    let pace = match (&options.pace, options.rate) {
        (Some(pace), _) => pace.clone(),
        (None, Some(_)) => Pace::Realtime.to_string(),
        (None, None) => Pace::Unlimited.to_string(),
    };
    let profiles = Domain::UserProfile
        .name()
        .eq_ignore_ascii_case(&options.domain);
    let ends = options.count.is_some() || profiles;
    let timeout = if ends {
        PlanDraft::MAX_TIMEOUT.into()
    } else {
        SECONDS
    };
    PlanDraft {
        emulator_sync: sink.to_string(),
        emulation_domain: options.domain.clone(),
        format_type: options.format.clone(),
        sync_type: options.sync.clone(),
        max_chunk_size: options.max_chunk_size,
        timeout: options.timeout.unwrap_or(timeout),
        seed: options.seed,
        count: options.count,
        rate: options.rate,
        pace: Some(pace),
        start_time: options.start_time,
        workers: options.workers,
        destination: options.destination.clone(),
        delivery: options.delivery.clone(),
    }
}

/// The error in the words of the command line.
fn in_options(error: &PlanError) -> String {
    let option = match error.field {
        "emulation_domain" => "DOMAIN".to_owned(),
        "emulator_sync" => "--to".to_owned(),
        "format_type" => "--format".to_owned(),
        "sync_type" => "--sync".to_owned(),
        field => format!("--{}", field.replace('_', "-")),
    };
    format!("{option}: got {}, allowed is {}", error.got, error.allowed)
}

async fn until_ended(
    emulator: &Emulator,
    mut emulation: Emulation,
    interrupted: &CancellationToken,
) -> anyhow::Result<Emulation> {
    let id = emulation.id();
    let run_progress = RunProgress::of(emulation.plan());
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut stopping = false;
    while emulation.unfinished().is_ok() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = interrupted.cancelled(), if !stopping => {
                stopping = true;
                // It may have ended in between, which is as good.
                let _ = cancel_emulation::cancel(emulator, id).await;
            }
        }
        emulation = emulation_status::status(emulator, id).await?;
        run_progress.show(&emulation);
    }
    Ok(emulation)
}

/// A long run should not end with a manifest that cannot be written.
fn check_manifest(path: Option<&Path>) -> Result<(), WrongUse> {
    let Some(path) = path else { return Ok(()) };
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if folder.is_dir() && !path.is_dir() {
        return Ok(());
    }
    let why = "is not a file in a folder that exists";
    Err(WrongUse(format!("--manifest: {} {why}", path.display())))
}

fn write_manifest(path: &Path, emulation: &Emulation) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(&Manifest::from(emulation))?;
    text.push('\n');
    fs::write(path, text)
        .with_context(|| format!("the manifest {} was not written", path.display()))
}

#[cfg(test)]
mod tests;
