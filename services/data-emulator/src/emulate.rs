//! Runs an emulation without a server.

mod dry_run;
mod options;
mod run_progress;
mod streams;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, absolute};
use std::time::Duration;

use adapter_formats::Formats;
use anyhow::Context;
use clap::Args;
use emulator_application::models::Models;
use emulator_application::start_emulation::StartError;
use emulator_application::{Emulator, Limits, cancel_emulation, emulation_status, start_emulation};
use emulator_domain::emulation::{Emulation, FailureKind, GlobalStatus};
use emulator_domain::plan::{
    EmulationPlan, Grouping, Headers, Messages, Pace, PlanErrors, PlanField, PlanNote, PlanSpec,
    RecordCount, SyncType, Timeout, Window,
};
use emulator_domain::{Dataset, InvalidValue, Seed, UserIds};
use emulator_manifest::{Manifest, ModelManifest};
use emulator_ports::{Encoders, SchemaLanguage};
use indicatif::HumanCount;
use platform_runtime::exit_codes::{INTERRUPTED, TRY_AGAIN};
use platform_runtime::output::print;
use platform_runtime::program::WrongUse;
use platform_runtime::shutdown;
use tokio_util::sync::CancellationToken;

pub use self::options::Emulate;
pub(crate) use self::run_progress::drawn;
use self::run_progress::{RunProgress, summary};
use self::streams::{Streams, specs, total};
use crate::arguments::{Subject, Target, value};
use crate::composition::{self, Destinations, Runs};
use crate::settings::ServiceSettings;

/// How often the runs are polled.
const INTERVAL: Duration = Duration::from_millis(20);

/// Duration of a realtime run that nothing else ends, in seconds.
const SECONDS: u64 = 10;

/// Number of records of an unlimited run that nothing else ends.
const COUNT: u64 = 1_000_000;

/// Executes the run, or those of all streams of a model, and reports the outcome on standard error;
/// `interrupted` winds it up early. Returns the exit code: 0 completed, or the reader of standard
/// output has closed it; 1 failed; 3 failed, perhaps transiently; 130 interrupted.
///
/// # Errors
/// If the run cannot be started, or its manifest cannot be written.
pub async fn run(
    options: &Emulate,
    settings: &ServiceSettings,
    interrupted: CancellationToken,
) -> anyhow::Result<u8> {
    check_manifest(options.manifest.as_deref())?;
    let subject = Streams::read(&options.subject)?;
    subject.check(options)?;
    headers(options).map_err(|value| WrongUse(format!("invalid --header {value}")))?;
    let Target { sink, folder } = &options.to;
    let destination = composition::destination(*sink, folder.as_deref(), settings)?;
    let destinations = Destinations::from([(*sink, destination)]);
    let threads = options.workers.map(|workers| workers.get().into());
    let limits = Limits {
        running: subject.datasets.len(),
        waiting: 0,
    };
    let runs = Runs::in_memory(settings);
    let emulator = composition::emulator(
        settings,
        runs,
        destinations,
        limits,
        threads,
        Models::default(),
    )?;
    let specs = specs(options, &subject, &emulator);
    if options.dry_run {
        return draw(options, specs);
    }
    let started = start_emulation::start_together(&emulator, specs).await;
    let emulations = started.map_err(|error| match error {
        StartError::Invalid(errors) => wrong_options(&errors),
        error => error.into(),
    })?;
    for note in notes(options, emulations.iter().map(Emulation::plan)) {
        // If standard error is closed, there is nowhere to report it.
        let _ = writeln!(io::stderr(), "note: {note}");
    }
    let emulations = until_ended(&emulator, emulations, &interrupted).await?;
    // The runs have already ended; this waits for background work that they leave.
    emulator.shut_down(shutdown::BOUND).await;
    let failures = || emulations.iter().filter_map(Emulation::failure);
    if failures().any(|failure| failure.kind == FailureKind::Closed) {
        return Ok(0);
    }
    if let Some(path) = &options.manifest {
        write_manifest(path, &emulations, &subject, &options.to)?;
    }
    for emulation in &emulations {
        // If standard error is closed, there is nowhere to report it.
        let _ = writeln!(io::stderr(), "{}", summary(emulation, &options.to));
    }
    let has = |status| emulations.iter().any(|run| run.status() == status);
    Ok(
        if has(GlobalStatus::Failed) || has(GlobalStatus::Processing) {
            match failures().all(|failure| failure.kind.is_transient()) {
                true => TRY_AGAIN,
                false => 1,
            }
        } else if has(GlobalStatus::Cancelled) {
            INTERRUPTED
        } else {
            0
        },
    )
}

fn headers(options: &Emulate) -> Result<Headers, InvalidValue> {
    Headers::new(options.headers.iter().cloned())
}

/// The specification from the options. What they leave open is derived from the others.
fn spec(options: &Emulate, defaults: PlanSpec) -> PlanSpec {
    let pace = match (options.pace, &options.rate) {
        (Some(pace), _) => pace,
        (None, Some(_)) => Pace::Realtime,
        (None, None) => Pace::Unlimited,
    };
    let timeout = match pace {
        Pace::Realtime if options.count.is_none() && options.to_time.is_none() => {
            Timeout::new(SECONDS)
        }
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
        partition_by: options.partition_by,
        compression: options.compression.unwrap_or(defaults.compression),
        timeout: timeout.unwrap_or(defaults.timeout),
        seed: options.seed.unwrap_or(defaults.seed),
        count: options
            .count
            .or_else(|| default_count(options, pace, &defaults.dataset)),
        rate: options.rate.clone().unwrap_or(defaults.rate),
        pace,
        start_time: (options.start_time)
            .or(options.from_time.map(|_| defaults.dataset.timeline_start()))
            .unwrap_or(defaults.start_time),
        population: (options.population_seed)
            .or(options.seed)
            .or(defaults.population)
            .filter(|population| Some(*population) != options.seed),
        window: Window {
            first_index: options.first_index,
            from_time: options.from_time,
            to_time: options.to_time,
        },
        workers: options.workers.unwrap_or(defaults.workers),
        destination: match &options.destination {
            Some(name) => name.clone(),
            None => defaults.destination,
        },
        guarantee: options.delivery,
        messages: Messages {
            key_format: options.key_format,
            headers: headers(options).expect("the headers were checked"),
            tombstones: options.tombstones,
            subject_strategy: options.subject_strategy,
        },
        imperfections: (options.imperfections.clone()).unwrap_or(defaults.imperfections),
        ..defaults
    }
}

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// transaction, user-profile, device-log, or a stream of a model's file: shop.yaml:order
    #[arg(value_name = "DOMAIN", value_parser = Subject::parse)]
    pub subject: Subject,
    /// avro, proto, json-schema, sql (PostgreSQL) or arrow
    #[arg(long = "as", value_name = "LANGUAGE", default_value = "avro", value_parser = value::<SchemaLanguage>)]
    pub language: SchemaLanguage,
}

/// The schema of the stream's fields, in the requested language.
///
/// # Errors
/// If there is no such stream.
pub fn schema(options: &Schema) -> Result<String, WrongUse> {
    let streams = Streams::read(&options.subject)?;
    let dataset = streams.only()?;
    Ok(Formats.schema(
        &dataset.name(),
        dataset.envelope(),
        dataset.schema(),
        options.language,
    ))
}

/// The limit of an unlimited run that nothing else ends: a trial run should not fill a disk.
fn default_count(options: &Emulate, pace: Pace, dataset: &Dataset) -> Option<RecordCount> {
    let seed = options.seed.unwrap_or(Seed::new(0));
    let endless = pace == Pace::Unlimited
        && options.timeout.is_none()
        && options.to_time.is_none()
        && dataset.records_of(seed, UserIds::CONTRACT).is_none()
        && total(dataset, seed).is_none_or(|total| total > COUNT);
    endless.then(|| RecordCount::new(COUNT).ok()).flatten()
}

/// Notes to print before the runs.
fn notes<'p>(options: &Emulate, plans: impl Iterator<Item = &'p EmulationPlan>) -> Vec<String> {
    let mut notes = Vec::new();
    for plan in plans {
        let count = default_count(options, plan.pace(), plan.dataset());
        if options.count.is_none() && count.is_some() {
            let count = HumanCount(COUNT);
            notes.push(format!(
                "without --count and --timeout the run has {count} records"
            ));
        }
        notes.extend(plan.notes().iter().map(PlanNote::to_string));
    }
    notes.dedup();
    notes
}

/// Prints a preview of the runs to standard output.
fn draw(options: &Emulate, specs: Vec<PlanSpec>) -> anyhow::Result<u8> {
    let plans = specs.into_iter().map(EmulationPlan::new);
    let plans: Vec<_> = plans
        .collect::<Result<_, _>>()
        .map_err(|errors| wrong_options(&errors))?;
    for plan in &plans {
        print(dry_run::text(plan).as_bytes())?;
    }
    if let Some(path) = &options.svg {
        let picture = plans.iter().find_map(dry_run::svg);
        let picture =
            picture.context("there is nothing to draw: no run has a known number of records")?;
        fs::write(path, picture).with_context(|| format!("{} was not written", path.display()))?;
    }
    Ok(0)
}

fn wrong_options(errors: &PlanErrors) -> anyhow::Error {
    anyhow::Error::new(WrongUse(in_options(errors)))
}

/// The errors in terms of the command line's options.
fn in_options(errors: &PlanErrors) -> String {
    let option = |field| match field {
        PlanField::Domain => "DOMAIN".to_owned(),
        PlanField::Sink => "--to".to_owned(),
        PlanField::Format => "--format".to_owned(),
        PlanField::SyncType => "--sync".to_owned(),
        PlanField::Headers => "--header".to_owned(),
        field => format!("--{}", field.name().replace('_', "-")),
    };
    let told = errors
        .iter()
        .map(|error| error.named(&option(error.field())));
    told.collect::<Vec<_>>().join("; ")
}

/// Polls the runs until all have ended; if one fails, the others are cancelled.
async fn until_ended(
    emulator: &Emulator,
    mut emulations: Vec<Emulation>,
    interrupted: &CancellationToken,
) -> anyhow::Result<Vec<Emulation>> {
    let run_progress = RunProgress::of(&emulations);
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut stopping = false;
    while emulations.iter().any(|run| run.unfinished().is_ok()) {
        let interrupted = tokio::select! {
            _ = ticks.tick() => false,
            () = interrupted.cancelled(), if !stopping => true,
        };
        let failed = |run: &Emulation| run.status() == GlobalStatus::Failed;
        if !stopping && (interrupted || emulations.iter().any(failed)) {
            stopping = true;
            for emulation in &emulations {
                // If it has ended in the meantime, that is just as well.
                let _ = cancel_emulation::cancel(emulator, emulation.id()).await;
            }
        }
        for emulation in &mut emulations {
            *emulation = emulation_status::status(emulator, emulation.id()).await?;
        }
        run_progress.show(&emulations);
    }
    Ok(emulations)
}

/// Checks early that the manifest can be written, rather than after a long run.
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

fn write_manifest(
    path: &Path,
    emulations: &[Emulation],
    subject: &Streams,
    to: &Target,
) -> anyhow::Result<()> {
    let folder = to.folder.as_ref().map(absolute).transpose()?;
    let folder = folder.map(|folder| folder.display().to_string());
    let manifests = emulations.iter().map(|emulation| Manifest {
        folder: folder.clone(),
        ..Manifest::from(emulation)
    });
    let mut text = match &subject.model {
        Some(model) => {
            let manifest = ModelManifest::new(model.text(), manifests.collect());
            serde_json::to_string_pretty(&manifest)?
        }
        None => {
            let all: Vec<_> = manifests.collect();
            serde_json::to_string_pretty(&all[0])?
        }
    };
    text.push('\n');
    fs::write(path, text)
        .with_context(|| format!("the manifest {} was not written", path.display()))
}

#[cfg(test)]
mod tests;
