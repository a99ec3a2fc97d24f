//! One run without a server.

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
use platform_runtime::program::{TRY_AGAIN, WrongUse};
use platform_runtime::shutdown;
use tokio_util::sync::CancellationToken;

pub use self::options::Emulate;
pub(crate) use self::run_progress::drawn;
use self::run_progress::{RunProgress, summary};
use self::streams::{Streams, specs};
use crate::arguments::{Subject, Target, value};
use crate::composition::{self, Destinations, Runs};
use crate::settings::ServiceSettings;

/// How often the run is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long a realtime run goes on that nothing else ends, in seconds.
const SECONDS: u64 = 10;

/// Records of an unlimited run that nothing else ends.
const COUNT: u64 = 1_000_000;

/// Carries the run out, or those of all streams of a model, and tells on standard error how it went; `interrupted` winds it up early.
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
        // Nobody is left to be told if standard error is closed.
        let _ = writeln!(io::stderr(), "note: {note}");
    }
    let emulations = until_ended(&emulator, emulations, &interrupted).await?;
    // Their threads have said how they ended; this waits for what they leave behind.
    emulator.shut_down(shutdown::BOUND).await;
    let failures = || emulations.iter().filter_map(Emulation::failure);
    if failures().any(|failure| failure.kind == FailureKind::Closed) {
        return Ok(0);
    }
    if let Some(path) = &options.manifest {
        write_manifest(path, &emulations, &subject, &options.to)?;
    }
    for emulation in &emulations {
        // Nobody is left to be told if standard error is closed.
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
            130
        } else {
            0
        },
    )
}

fn headers(options: &Emulate) -> Result<Headers, InvalidValue> {
    Headers::new(options.headers.iter().cloned())
}

/// What the options ask for. What they leave open follows from what they say.
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

/// What the fields of the stream are, in the language that was asked for.
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

/// Records of an unlimited run that nothing else ends: a disk should not fill while somebody tries.
fn default_count(options: &Emulate, pace: Pace, dataset: &Dataset) -> Option<RecordCount> {
    let endless = pace == Pace::Unlimited
        && options.timeout.is_none()
        && options.to_time.is_none()
        && dataset
            .records_of(Seed::new(0), UserIds::CONTRACT)
            .is_none();
    endless.then(|| RecordCount::new(COUNT).ok()).flatten()
}

/// What should be said before the runs.
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

/// Tells on standard output what the runs would be.
fn draw(options: &Emulate, specs: Vec<PlanSpec>) -> anyhow::Result<u8> {
    let plans = specs.into_iter().map(EmulationPlan::new);
    let plans: Vec<_> = plans
        .collect::<Result<_, _>>()
        .map_err(|errors| wrong_options(&errors))?;
    for plan in &plans {
        io::stdout().write_all(dry_run::text(plan).as_bytes())?;
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

/// The errors in the words of the command line.
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

/// Looks at the runs until all have ended; where one fails, the others are of no use.
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
                // It may have ended in between, which is as good.
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
