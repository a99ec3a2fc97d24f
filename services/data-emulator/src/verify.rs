//! Whether a destination holds what a run should have left there.

mod report;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use adapter_filesystem::FolderStore;
use adapter_formats::Formats;
use adapter_kafka::KafkaSource;
use emulator_application::verify_delivery::{
    Conclusion, Delivered, DeliverySource, Progress, VerifyError, verify,
};
use emulator_domain::emulation::GlobalStatus;
use emulator_domain::plan::{Pace, PlanDefaults, Sink};
use emulator_domain::{Rate, Timestamp};
use emulator_rest::{Manifest, ManifestError};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use platform_runtime::bounded_file::read_text;
use platform_runtime::program::WrongUse;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use self::report::Verified;
use crate::cli::{Source, Verify};
use crate::composition;
use crate::settings::ServiceSettings;

/// Bytes that a manifest may have; they have some 1,500.
const MANIFEST_LIMIT: u64 = 1 << 20;

/// Reads the destination back and tells on standard output what was found. Gives the exit code:
/// 0 the run was completed and all of it is there, once, unchanged and in order; 1 it is not; 130
/// interrupted.
///
/// # Errors
/// If the manifest cannot be used, or the destination cannot be read.
pub async fn run(
    options: &Verify,
    settings: &ServiceSettings,
    interrupted: CancellationToken,
) -> anyhow::Result<u8> {
    let wrong = |why: String| WrongUse(format!("{}: {why}", options.manifest.display()));
    let text = read_text(&options.manifest, MANIFEST_LIMIT)
        .map_err(|error| wrong(format!("is no manifest: {error}")))?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|error| wrong(format!("is no manifest: {error}")))?;
    let delivered = delivered(&manifest).map_err(wrong)?;
    let from = match &options.from {
        Some(from) => from.clone(),
        None => source(delivered.plan.sink(), settings)?,
    };
    let source = open(&from, settings)?;
    let place = from.describe(delivered.plan.destination());
    let begun = Instant::now();
    let run = delivered.clone();
    // Making and comparing records takes the thread for as long as it lasts.
    let verifying = tokio::task::spawn_blocking(move || {
        let bar = bar(run.generated);
        let show = |progress: Progress| {
            bar.set_length(progress.of);
            bar.set_position(progress.read);
        };
        let report = Handle::current().block_on(verify(&run, &source, &Formats, &show));
        bar.finish_and_clear();
        report
    });
    let report = tokio::select! {
        report = verifying => report?,
        () = interrupted.cancelled() => return Ok(130),
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
    let text = if options.json {
        verified.json()
    } else {
        verified.text()
    };
    // Nobody is left to be told if standard output is closed; the exit code stands.
    let _ = io::stdout().write_all(text.as_bytes());
    Ok(match delivered.conclusion(&report) {
        Conclusion::Complete => 0,
        Conclusion::Incomplete | Conclusion::Faulty => 1,
    })
}

/// The run that the manifest tells of, or what is wrong with it.
fn delivered(manifest: &Manifest) -> Result<Delivered, String> {
    let told = |error: ManifestError| error.to_string();
    if manifest.status == "processing" {
        return Err(
            "status: got processing, allowed is completed, failed, cancelled; fetch the manifest \
             again when the run has ended"
                .to_owned(),
        );
    }
    // The draft leaves open what a manifest does not say: nothing of this counts but the last two.
    let defaults = PlanDefaults {
        sinks: Sink::ALL,
        seed: manifest.seed,
        start_time: Timestamp::EARLIEST,
        rate: Rate::FASTEST,
        workers: 1,
        pace: Pace::Unlimited,
        users: manifest.users().map_err(told)?,
        labels: manifest.labels(),
    };
    let plan = manifest.draft().map_err(told)?.parse(&defaults);
    Ok(Delivered {
        id: manifest.id().map_err(told)?,
        plan: plan.map_err(|error| error.to_string())?,
        status: manifest_status(manifest)?,
        generated: manifest.records.generated,
        acknowledged: manifest.records.acknowledged,
    })
}

/// How the run ended.
fn manifest_status(manifest: &Manifest) -> Result<GlobalStatus, String> {
    let mut ended = GlobalStatus::ALL.into_iter();
    let found = ended.find(|status| status.name() == manifest.status);
    found.ok_or_else(|| {
        format!(
            "status: got {:?}, allowed is completed, failed, cancelled",
            manifest.status
        )
    })
}

/// Where a run of that sink delivered to.
fn source(sink: Sink, settings: &ServiceSettings) -> Result<Source, WrongUse> {
    match (sink, &settings.file_root) {
        (Sink::Kafka, _) => Ok(Source::Kafka),
        (Sink::Minio, _) => Ok(Source::Minio),
        (Sink::File, Some(root)) => Ok(Source::File(root.clone())),
        (Sink::File, None) => Err(WrongUse(
            "--from: the run delivered to a folder, and neither --from nor the setting file.root \
             names it; give --from file:DIR"
                .to_owned(),
        )),
        (Sink::Stdout | Sink::Null, _) => Err(WrongUse(format!(
            "--from: the run delivered to {sink}, which keeps nothing; if its records are \
             somewhere now, allowed is kafka, minio, file:DIR"
        ))),
    }
}

fn open(source: &Source, settings: &ServiceSettings) -> anyhow::Result<DeliverySource> {
    Ok(match source {
        Source::Kafka => {
            DeliverySource::Messages(Arc::new(KafkaSource::new(settings.kafka.clone())))
        }
        Source::Minio => DeliverySource::Objects(Arc::new(composition::minio_store(settings)?)),
        Source::File(root) => DeliverySource::Objects(Arc::new(FolderStore::new(root.clone()))),
    })
}

impl Source {
    fn describe(&self, destination: &str) -> String {
        match self {
            Self::Kafka => format!("kafka topic {destination}"),
            Self::Minio => format!("minio bucket {destination}"),
            Self::File(folder) => describe_folder(folder, destination),
        }
    }
}

fn describe_folder(folder: &Path, destination: &str) -> String {
    let path: PathBuf = folder.join(destination);
    format!("folder {}", path.display())
}

/// A bar on standard error, if that is a terminal.
fn bar(records: u64) -> ProgressBar {
    let bar = ProgressBar::new(records);
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    let template =
        "{bar:30} {percent:>3} % {human_pos} of {human_len} records, {per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(template).expect("the template is well formed"));
    bar
}

#[cfg(test)]
mod tests;
