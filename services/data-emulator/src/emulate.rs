//! One run without a server.

mod run_progress;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, absolute};
use std::time::Duration;

use anyhow::Context;
use emulator_application::start_emulation::StartError;
use emulator_application::{Emulator, Limits, cancel_emulation, emulation_status, start_emulation};
use emulator_domain::UserIds;
use emulator_domain::emulation::{Emulation, FailureKind, GlobalStatus};
use emulator_domain::plan::{
    EmulationPlan, Grouping, Pace, PlanErrors, PlanField, PlanNote, PlanSpec, RecordCount,
    SyncType, Timeout,
};
use emulator_manifest::Manifest;
use indicatif::HumanCount;
use platform_runtime::program::{TRY_AGAIN, WrongUse};
use platform_runtime::shutdown;
use tokio_util::sync::CancellationToken;

use self::run_progress::{RunProgress, summary};
use crate::cli::{Emulate, Target};
use crate::composition::{self, Destinations, Runs};
use crate::settings::ServiceSettings;

/// How often the run is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long a realtime run goes on that nothing else ends, in seconds.
const SECONDS: u64 = 10;

/// Records of an unlimited run that nothing else ends.
const COUNT: u64 = 1_000_000;

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
    let Target { sink, folder } = &options.to;
    let destination = composition::destination(*sink, folder.as_deref(), settings)?;
    let destinations = Destinations::from([(*sink, destination)]);
    let threads = options.workers.map(|workers| workers.get().into());
    let limits = Limits {
        running: 1,
        waiting: 0,
    };
    let runs = Runs::in_memory(settings);
    let emulator = composition::emulator(settings, runs, destinations, limits, threads)?;
    let defaults = emulator.spec(options.domain, options.to.sink, options.format);
    let spec = spec(options, defaults);
    let started = start_emulation::start_reproducibly(&emulator, spec).await;
    let emulation = started.map_err(|error| match error {
        StartError::Invalid(errors) => anyhow::Error::new(WrongUse(in_options(&errors))),
        error => error.into(),
    })?;
    for note in notes(options, emulation.plan()) {
        // Nobody is left to be told if standard error is closed.
        let _ = writeln!(io::stderr(), "note: {note}");
    }
    let emulation = until_ended(&emulator, emulation, &interrupted).await?;
    // Its thread has said how it ended; this waits for what it leaves behind.
    emulator.shut_down(shutdown::BOUND).await;
    let failure = emulation.failure().map(|failure| failure.kind);
    if failure == Some(FailureKind::Closed) {
        return Ok(0);
    }
    if let Some(path) = &options.manifest {
        write_manifest(path, &emulation, &options.to)?;
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

/// What the options ask for. What they leave open follows from what they say.
fn spec(options: &Emulate, defaults: PlanSpec) -> PlanSpec {
    let pace = match (options.pace, options.rate) {
        (Some(pace), _) => pace,
        (None, Some(_)) => Pace::Realtime,
        (None, None) => Pace::Unlimited,
    };
    let timeout = match pace {
        Pace::Realtime if options.count.is_none() => Timeout::new(SECONDS),
        Pace::Realtime | Pace::Unlimited => Ok(Timeout::MAX),
    };
    let timeout = options.timeout.or(timeout.ok());
    PlanSpec {
        grouping: match options.sync {
            SyncType::Single => Grouping::Single,
            SyncType::Grouped => Grouping::Grouped,
            SyncType::Chunked => Grouping::Chunked {
                max_chunk_size: options.max_chunk_size,
            },
        },
        compression: options.compression.unwrap_or(defaults.compression),
        timeout: timeout.unwrap_or(defaults.timeout),
        seed: options.seed.unwrap_or(defaults.seed),
        count: options.count.or_else(|| default_count(options, pace)),
        rate: options.rate.unwrap_or(defaults.rate),
        pace,
        start_time: options.start_time.unwrap_or(defaults.start_time),
        workers: options.workers.unwrap_or(defaults.workers),
        destination: match &options.destination {
            Some(name) => name.clone(),
            None => defaults.destination,
        },
        guarantee: options.delivery,
        ..defaults
    }
}

/// Records of an unlimited run that nothing else ends: a disk should not fill while somebody tries.
fn default_count(options: &Emulate, pace: Pace) -> Option<RecordCount> {
    let endless = pace == Pace::Unlimited
        && options.timeout.is_none()
        && options.domain.records_of(UserIds::CONTRACT).is_none();
    endless.then(|| RecordCount::new(COUNT).ok()).flatten()
}

/// What should be said before the run.
fn notes(options: &Emulate, plan: &EmulationPlan) -> Vec<String> {
    let counted = options.count.is_none() && default_count(options, plan.pace()).is_some();
    let counted = counted.then(|| {
        let count = HumanCount(COUNT);
        format!("without --count and --timeout the run has {count} records")
    });
    let of_plan = plan.notes();
    let of_plan = of_plan.iter().map(PlanNote::to_string);
    counted.into_iter().chain(of_plan).collect()
}

/// The errors in the words of the command line.
fn in_options(errors: &PlanErrors) -> String {
    let option = |field| match field {
        PlanField::Domain => "DOMAIN".to_owned(),
        PlanField::Sink => "--to".to_owned(),
        PlanField::Format => "--format".to_owned(),
        PlanField::SyncType => "--sync".to_owned(),
        field => format!("--{}", field.name().replace('_', "-")),
    };
    let told = errors
        .iter()
        .map(|error| error.named(&option(error.field())));
    told.collect::<Vec<_>>().join("; ")
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

fn write_manifest(path: &Path, emulation: &Emulation, to: &Target) -> anyhow::Result<()> {
    let folder = to.folder.as_ref().map(absolute).transpose()?;
    let manifest = Manifest {
        folder: folder.map(|folder| folder.display().to_string()),
        ..Manifest::from(emulation)
    };
    let mut text = serde_json::to_string_pretty(&manifest)?;
    text.push('\n');
    fs::write(path, text)
        .with_context(|| format!("the manifest {} was not written", path.display()))
}

#[cfg(test)]
mod tests;
