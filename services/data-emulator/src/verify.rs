//! Checks that a destination holds what a run should have delivered.

mod report;
mod source;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use adapter_formats::Formats;
use clap::Args;
use emulator_application::verify_delivery::{
    Conclusion, Delivered, DeliverySource, Progress, Tables, VerifyError, verify, verify_tables,
};
use emulator_domain::InvalidValue;
use emulator_domain::emulation::GlobalStatus;
use emulator_domain::plan::Sink;
use emulator_manifest::{Manifest, ManifestError, ModelManifest};
use indicatif::{ProgressBar, ProgressStyle};
use platform_http::read_json;
use platform_runtime::bounded_file::read_text;
use platform_runtime::exit_codes::INTERRUPTED;
use platform_runtime::output::print;
use platform_runtime::program::WrongUse;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::report::Verified;
use self::source::From;
use crate::arguments::{Target, column};
use crate::composition;
use crate::emulate::drawn;
use crate::settings::ServiceSettings;

/// How long an interrupted verification has to stop.
const STOP_TIME: Duration = Duration::from_secs(1);

/// Maximum size of a manifest in bytes; it has some 1,500 per run, and a model at most 1 MiB.
const MANIFEST_LIMIT: u64 = 4 << 20;

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Manifest of the run, from `emulate --manifest` or GET /emulator/{id}/manifest
    pub manifest: PathBuf,
    /// kafka, minio, file:DIR [default: where the run delivered to]; or the end of a pipeline of your
    /// own: parquet:DIR, parquet:s3://BUCKET/PREFIX, postgres://USER:PASSWORD@HOST/DATABASE#TABLE or
    /// sqlite:FILE#TABLE, rows in any order
    #[arg(long, value_name = "SOURCE")]
    pub from: Option<SecretString>,
    /// Columns of such a table that are not named like their fields; a field with an empty name is
    /// not compared: amount=price,merchant=
    #[arg(long, value_name = "FIELD=COLUMN,...", value_delimiter = ',', value_parser = column)]
    pub columns: Vec<(String, Option<String>)>,
    /// Print one JSON object, for machines, whose ranges are first and last index; for a manifest of
    /// several streams it has a list, 'emulations'
    #[arg(long)]
    pub json: bool,
}

/// Reads the destination back and prints the findings to standard output. Returns the exit code: 0
/// the run was completed and all of it is there, once, unchanged and in order; 1 it is not; 130
/// interrupted.
///
/// # Errors
/// If the manifest is unusable, or the destination cannot be read.
pub async fn run(
    options: &Verify,
    settings: &ServiceSettings,
    interrupted: CancellationToken,
) -> anyhow::Result<u8> {
    let manifests = read_manifests(&options.manifest)?;
    let mut findings = Vec::with_capacity(manifests.len());
    let code = verify_all(options, settings, &manifests, &interrupted, &mut findings).await;
    // Also after an error: what was found before it is true.
    let value = match manifests.len() {
        1 => findings.pop(),
        _ => (!findings.is_empty()).then(|| json!({ "emulations": findings })),
    };
    if let Some(value) = value {
        print(format!("{value:#}\n").as_bytes())?;
    }
    code
}

/// Verifies one after the other; returns the largest exit code. As text, findings are printed as
/// soon as they are known; as JSON, they are returned, because all are one value.
async fn verify_all(
    options: &Verify,
    settings: &ServiceSettings,
    manifests: &[Manifest],
    interrupted: &CancellationToken,
    findings: &mut Vec<Value>,
) -> anyhow::Result<u8> {
    let is_one = manifests.len() == 1;
    let mut code = 0;
    for manifest in manifests {
        let one = verify_one(options, settings, manifest, is_one, interrupted, findings);
        code = code.max(one.await?);
    }
    Ok(code)
}

/// Reads the manifests in a file.
///
/// # Errors
/// If the file is not a manifest.
pub(crate) fn read_manifests(path: &Path) -> Result<Vec<Manifest>, WrongUse> {
    let wrong = |why: String| WrongUse(format!("{}: {why}", path.display()));
    let text = read_text(path, MANIFEST_LIMIT)
        .map_err(|error| wrong(format!("the manifest cannot be read: {error}")))?;
    let manifests = manifests(&text).map_err(|error| wrong(format!("is no manifest: {error}")))?;
    if manifests.is_empty() {
        return Err(wrong("the manifest lists no emulations".to_owned()));
    }
    Ok(manifests)
}

/// The manifest of a run, or those of the runs of a model.
fn manifests(text: &str) -> Result<Vec<Manifest>, String> {
    let (text, whole) = (text.as_bytes(), "the file");
    let value: Value = read_json(text, whole)?;
    if value.get("emulations").is_some() {
        return read_json(text, whole).map(ModelManifest::manifests);
    }
    Ok(vec![read_json(text, whole)?])
}

async fn verify_one(
    options: &Verify,
    settings: &ServiceSettings,
    manifest: &Manifest,
    is_one: bool,
    interrupted: &CancellationToken,
    findings: &mut Vec<Value>,
) -> anyhow::Result<u8> {
    let wrong = |why: String| WrongUse(format!("{}: {why}", options.manifest.display()));
    let delivered = delivered(manifest).map_err(|error| wrong(error.to_string()))?;
    let from = match &options.from {
        Some(from) => source::parse(from.expose_secret(), settings)?,
        None => From::Delivered(source(delivered.plan.sink(), manifest, settings)?),
    };
    let (to_verify, place) = match from {
        From::Tables(..) if !is_one => {
            let why = "--from: a table holds the records of one stream, and the manifest has several; \
                       take the manifest of one: emulate FILE:STREAM --manifest";
            return Err(wrong(why.to_owned()).into());
        }
        From::Tables(tables, place) => (VerificationSource::Tables(tables), place),
        From::Delivered(_) if !options.columns.is_empty() => {
            let why = "--columns: names the columns of a table; expected --from parquet:, postgres: or \
                       sqlite: with it";
            return Err(wrong(why.to_owned()).into());
        }
        From::Delivered(target) => {
            let source = composition::source(&target, settings)?;
            let source = source.expect("the command line takes only what can be read");
            let place = target.describe(delivered.plan.destination());
            (VerificationSource::Delivered(source), place)
        }
    };
    let registry = composition::registry(settings)?;
    let names = options.columns.clone();
    let begun = Instant::now();
    let run = delivered.clone();
    // Generating and comparing records occupies the thread throughout.
    let stop = interrupted.clone();
    let mut verifying = tokio::task::spawn_blocking(move || {
        let bar = bar(run.generated);
        let show = |progress: Progress| {
            bar.set_length(progress.of);
            bar.set_position(progress.read);
        };
        let verified = stop.run_until_cancelled(async {
            match &to_verify {
                VerificationSource::Delivered(source) => {
                    verify(&run, source, &Formats, registry.as_deref(), &show).await
                }
                VerificationSource::Tables(tables) => {
                    verify_tables(&run, tables, &names, &Formats, &show).await
                }
            }
        });
        let report = Handle::current().block_on(verified);
        bar.finish_and_clear();
        report
    });
    let report = tokio::select! {
        report = &mut verifying => report?,
        () = interrupted.cancelled() => {
            // Whoever waits for a destination stops now, before the runtime ends under it. Whoever
            // computes notices too late and ends with the process.
            let _ = timeout(STOP_TIME, verifying).await;
            None
        }
    };
    let Some(report) = report else {
        return Ok(INTERRUPTED);
    };
    let report = report.map_err(|error| match error {
        VerifyError::Destination(error) => anyhow::Error::new(error),
        error => wrong(error.to_string()).into(),
    })?;
    let verified = Verified {
        run: &delivered,
        place,
        report: &report,
        seconds: begun.elapsed().as_secs_f64(),
    };
    if options.json {
        findings.push(verified.json());
    } else {
        print(verified.text().as_bytes())?;
    }
    Ok(match delivered.conclusion(&report) {
        Conclusion::Complete => 0,
        Conclusion::Incomplete | Conclusion::Faulty => 1,
    })
}

/// What to read.
enum VerificationSource {
    Delivered(DeliverySource),
    Tables(Tables),
}

/// The run that the manifest describes.
fn delivered(manifest: &Manifest) -> Result<Delivered, ManifestError> {
    let status = manifest.status()?;
    if matches!(status, GlobalStatus::Processing | GlobalStatus::Paused) {
        let expected =
            "completed, failed or cancelled: fetch the manifest again when the run has ended";
        return Err(ManifestError::Field {
            field: "status",
            value: InvalidValue::text(&manifest.status, expected),
        });
    }
    let plan = manifest.plan()?;
    let counts = manifest.counts(&plan)?;
    Ok(Delivered {
        id: manifest.id()?,
        plan,
        status,
        generated: counts.generated,
        acknowledged: counts.acknowledged,
    })
}

/// Where a run with that sink delivered to: the manifest names the folder of a command, the
/// settings that of a server.
fn source(sink: Sink, manifest: &Manifest, settings: &ServiceSettings) -> Result<Target, WrongUse> {
    if !Target::is_readable(sink) {
        return Err(WrongUse(format!(
            "--from: the run delivered to {sink}, which keeps nothing; if its records are \
             somewhere now, expected kafka, minio or file:DIR"
        )));
    }
    let folder = manifest.folder.as_ref().map(PathBuf::from);
    let folder = folder.or_else(|| settings.file_root.clone());
    match (sink.capabilities().in_folder, folder) {
        (true, None) => Err(WrongUse(
            "--from: the run delivered to a folder, which neither the manifest nor the setting \
             file.root names; give --from file:DIR"
                .to_owned(),
        )),
        (true, folder) => Ok(Target { sink, folder }),
        (false, _) => Ok(Target { sink, folder: None }),
    }
}

/// A progress bar on standard error, if that is a terminal.
fn bar(records: u64) -> ProgressBar {
    let bar = ProgressBar::new(records);
    bar.set_draw_target(drawn());
    let template =
        "{bar:30} {percent:>3} % {human_pos} of {human_len} records, {per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(template).expect("the template is well formed"));
    bar
}

#[cfg(test)]
mod tests;
