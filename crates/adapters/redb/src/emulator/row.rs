//! The stored form of a run: JSON with its own version.

use std::collections::BTreeMap;

use emulator_domain::delivery::{Checkpoint, Counts};
use emulator_domain::emulation::{
    Emulation, EmulationId, FailureKind, GlobalStatus, RequestKey, RunFailure, Snapshot, TagChange,
    Tags, WorkerState,
};
use emulator_domain::plan::PlanField;
use emulator_domain::record::ModelText;
use emulator_domain::{GENERATOR_VERSION, Timestamp};
use emulator_manifest::time::rfc3339;
use emulator_manifest::{PlanFields, RecordedChange, RecordedModel};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::callback::CallbackRow;
use super::models::Models;

/// The version of [`RunRow`].
pub(crate) const VERSION: u32 = 8;
/// The oldest version that can be read. It lacks the kind of the failure and the location. Up to
/// version 3 there were no models, version 4 has the model's text in each row, up to 5 runs could
/// not be changed, up to 6 they had neither callbacks nor owner, and up to 7 they had no clock.
const OLDEST: u32 = 1;
/// This version has the start time of a plan in microseconds, and no workers.
const BEFORE_WORKERS: u32 = 2;

/// Why a row is not a valid run.
#[derive(Debug)]
pub(crate) enum RowError {
    /// Another release wrote it.
    Version(u32),
    /// Its contents are damaged, for this reason.
    Damaged(String),
}

#[derive(Deserialize)]
struct Head {
    version: u32,
    #[serde(default)]
    model_digest: Option<String>,
}

/// Times are microseconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunRow {
    version: u32,
    generator_version: u32,
    plan: PlanFields,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<RecordedChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    /// The idempotency key of the request that created the run, and the digest of that request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    callbacks: Vec<CallbackRow>,
    /// Who created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// The model of a stream, in version 4.
    #[serde(default, skip_serializing)]
    model: Option<RecordedModel>,
    /// The digest of a stream's model, whose text is stored once for all runs; absent up to version
    /// 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model_digest: Option<String>,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    status: String,
    /// The states of the workers; absent up to version 2.
    #[serde(default)]
    workers: Vec<String>,
    generated: u64,
    acknowledged: u64,
    failed: u64,
    bytes: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    skewed: u64,
    next_index: u64,
    acknowledged_units: u64,
    lag_seconds: f64,
    error: Option<String>,
    #[serde(default)]
    failure_kind: Option<String>,
    #[serde(default)]
    location: Option<String>,
}

/// Serialises the run.
pub(crate) fn write(run: &Emulation) -> Vec<u8> {
    let Snapshot {
        counts, checkpoint, ..
    } = run.snapshot();
    let row = RunRow {
        version: VERSION,
        generator_version: GENERATOR_VERSION,
        plan: run.plan().spec().into(),
        changes: RecordedChange::of(run.plan()),
        paused_at: run.paused_at().map(Timestamp::micros),
        name: run.tags().name().map(str::to_owned),
        labels: run.tags().labels().clone(),
        request: run
            .request()
            .map(|request| (request.key().to_owned(), request.digest().to_owned())),
        callbacks: run.callbacks().iter().map(CallbackRow::from).collect(),
        owner: run.owner().map(str::to_owned),
        model: None,
        model_digest: model(run).map(|model| model.digest.clone()),
        created_at: run.created_at().micros(),
        started_at: run.started_at().map(Timestamp::micros),
        finished_at: run.finished_at().map(Timestamp::micros),
        status: run.status().name().to_owned(),
        workers: run.workers().iter().map(WorkerState::to_string).collect(),
        generated: counts.generated,
        acknowledged: counts.acknowledged,
        failed: counts.failed,
        bytes: counts.bytes,
        skewed: counts.skewed,
        next_index: checkpoint.next_index,
        acknowledged_units: checkpoint.acknowledged_units,
        lag_seconds: run.lag_seconds(),
        error: run.error().map(str::to_owned),
        failure_kind: run.failure().map(|failure| failure.kind.name().to_owned()),
        location: run.location().map(str::to_owned),
    };
    serde_json::to_vec(&row).expect("a row has only text, numbers and named fields")
}

/// A run read back, and the version of the generator that started it.
pub(crate) struct Read {
    pub(crate) run: Emulation,
    pub(crate) generator_version: u32,
}

/// The model that a run uses, if any.
pub(crate) fn model(run: &Emulation) -> Option<&ModelText> {
    Some(run.plan().dataset().stream()?.model())
}

/// The digest of the model that [`read`] needs in addition to the row, if any.
pub(crate) fn model_digest(bytes: &[u8]) -> Option<String> {
    serde_json::from_slice::<Head>(bytes).ok()?.model_digest
}

/// The stored form of a model, shared by all of its runs.
pub(crate) fn write_model(model: &ModelText) -> Vec<u8> {
    serde_json::to_vec(&RecordedModel::from(model)).expect("two texts are JSON")
}

/// The run stored as `bytes` under the name `id`; `model` is what is stored under its
/// [`model_digest`].
pub(crate) fn read(
    id: EmulationId,
    bytes: &[u8],
    model: Option<&[u8]>,
    models: &Models,
) -> Result<Read, RowError> {
    let damaged = |why: &dyn std::fmt::Display| RowError::Damaged(format!("emulation {id}: {why}"));
    let Head { version, .. } = serde_json::from_slice(bytes).map_err(|error| damaged(&error))?;
    if !(OLDEST..=VERSION).contains(&version) {
        return Err(RowError::Version(version));
    }
    let row: RunRow = serde_json::from_slice(bytes).map_err(|error| damaged(&error))?;
    let time = |micros| time(micros).map_err(|why| damaged(&why));
    let status: GlobalStatus = row
        .status
        .parse()
        .map_err(|why| damaged(&format_args!("invalid status {why}")))?;
    let (fields, workers) = if version > BEFORE_WORKERS {
        let states = row.workers.iter().map(|state| state.parse());
        let states: Result<Vec<_>, _> = states.collect();
        let workers = states.map_err(|why| damaged(&format_args!("invalid worker {why}")))?;
        (row.plan, Some(workers))
    } else {
        (updated(row.plan).map_err(|why| damaged(&why))?, None)
    };
    let model = match (&row.model_digest, model) {
        (None, _) => row.model,
        (Some(digest), None) => return Err(damaged(&format_args!("no model {digest}"))),
        (Some(digest), Some(kept)) => {
            let kept: RecordedModel =
                serde_json::from_slice(kept).map_err(|error| damaged(&error))?;
            if kept.digest() != digest {
                let other = kept.digest();
                return Err(damaged(&format_args!("model {other} in place of {digest}")));
            }
            Some(kept)
        }
    };
    let model = model.map(|kept| models.compiled(&kept)).transpose();
    let model = model.map_err(|why| damaged(&why))?;
    let plan = fields.plan_of(model.as_ref());
    let mut plan = plan.map_err(|why| damaged(&why))?;
    RecordedChange::apply(&row.changes, &mut plan)
        .map_err(|why| damaged(&format_args!("invalid changes {why}")))?;
    let workers = workers.unwrap_or_else(|| vec![worker(status); plan.workers().into()]);
    let kind = match row.failure_kind {
        Some(name) => FailureKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| damaged(&format_args!("{name:?} is not a kind of failure")))?,
        None => FailureKind::Internal,
    };
    let labels = row.labels.into_iter();
    let tags = Tags::default().changed(&TagChange {
        name: Some(row.name),
        labels: labels.map(|(key, value)| (key, Some(value))).collect(),
    });
    let callbacks = row.callbacks.into_iter();
    let callbacks = callbacks.map(|callback| callback.read(self::time));
    let callbacks: Result<_, _> = callbacks.collect();
    let request = row
        .request
        .map(|(key, digest)| RequestKey::new(&key, digest));
    let run = Emulation::restored(Snapshot {
        id,
        plan,
        created_at: time(row.created_at)?,
        started_at: row.started_at.map(time).transpose()?,
        finished_at: row.finished_at.map(time).transpose()?,
        status,
        workers,
        counts: Counts {
            generated: row.generated,
            acknowledged: row.acknowledged,
            failed: row.failed,
            bytes: row.bytes,
            skewed: row.skewed,
        },
        checkpoint: Checkpoint {
            next_index: row.next_index,
            acknowledged_units: row.acknowledged_units,
        },
        lag_seconds: row.lag_seconds,
        failure: row.error.map(|why| RunFailure::new(kind, why)),
        location: row.location,
        paused_at: row.paused_at.map(time).transpose()?,
        tags: tags.map_err(|why| damaged(&why))?,
        request: request.transpose().map_err(|why| damaged(&why))?,
        callbacks: callbacks.map_err(|why: String| damaged(&why))?,
        owner: row.owner,
    });
    Ok(Read {
        run: run.map_err(|error| damaged(&error))?,
        generator_version: row.generator_version,
    })
}

const fn is_none(count: &u64) -> bool {
    *count == 0
}

fn time(micros: i64) -> Result<Timestamp, String> {
    Timestamp::from_micros(micros)
        .ok_or_else(|| format!("{micros} is not a time within the years 1970 to 9999"))
}

/// The state of every worker of a run in that status, which version 2 did not store.
const fn worker(status: GlobalStatus) -> WorkerState {
    match status {
        GlobalStatus::Processing | GlobalStatus::Paused => WorkerState::Waiting,
        GlobalStatus::Completed | GlobalStatus::Cancelled => WorkerState::Finished,
        GlobalStatus::Failed => WorkerState::Error,
    }
}

/// Converts a plan of version 2 to the current version.
fn updated(mut plan: PlanFields) -> Result<PlanFields, String> {
    let micros = plan.get(PlanField::StartTime).and_then(Value::as_i64);
    let start_time = time(micros.unwrap_or(-1))?;
    plan.set(PlanField::StartTime, rfc3339(start_time));
    Ok(plan)
}

#[cfg(test)]
mod tests;
