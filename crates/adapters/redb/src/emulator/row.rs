//! A run as it is written: JSON that says its own version.

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

use super::models::Models;

/// The version of [`RunRow`].
pub(crate) const VERSION: u32 = 6;
/// The oldest version that is read: without the kind of the failure and the location. Up to 3 there
/// were no models, version 4 has the model's text in each row, and up to 5 no run was changed.
const OLDEST: u32 = 1;
/// Had the start time of a plan in microseconds, and no workers.
const BEFORE_WORKERS: u32 = 2;

/// Why a row is not a run.
#[derive(Debug)]
pub(crate) enum RowError {
    /// Another release wrote it.
    Version(u32),
    /// It is not what was written; why.
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
    /// The key that the run was asked for with, and the digest of what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<(String, String)>,
    /// Of a stream, in version 4.
    #[serde(default, skip_serializing)]
    model: Option<RecordedModel>,
    /// Of a stream: its model's, whose text is kept once for all runs; absent up to version 4.
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
    next_index: u64,
    acknowledged_units: u64,
    lag_seconds: f64,
    error: Option<String>,
    #[serde(default)]
    failure_kind: Option<String>,
    #[serde(default)]
    location: Option<String>,
}

/// The run as bytes.
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
        next_index: checkpoint.next_index,
        acknowledged_units: checkpoint.acknowledged_units,
        lag_seconds: run.lag_seconds(),
        error: run.error().map(str::to_owned),
        failure_kind: run.failure().map(|failure| failure.kind.name().to_owned()),
        location: run.location().map(str::to_owned),
    };
    serde_json::to_vec(&row).expect("a row has only text, numbers and named fields")
}

/// A run that was read, and the version of the generator that it was begun with.
pub(crate) struct Read {
    pub(crate) run: Emulation,
    pub(crate) generator_version: u32,
}

/// The model that a run is of, if it is of one.
pub(crate) fn model(run: &Emulation) -> Option<&ModelText> {
    Some(run.plan().dataset().stream()?.model())
}

/// The digest of the model that [`read`] needs beside the row, if it needs one.
pub(crate) fn model_digest(bytes: &[u8]) -> Option<String> {
    serde_json::from_slice::<Head>(bytes).ok()?.model_digest
}

/// A model as it is kept for all of its runs.
pub(crate) fn write_model(model: &ModelText) -> Vec<u8> {
    serde_json::to_vec(&RecordedModel::from(model)).expect("two texts are JSON")
}

/// The run that was written as `bytes` under the name `id`; `model` is what is kept under its
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
    });
    Ok(Read {
        run: run.map_err(|error| damaged(&error))?,
        generator_version: row.generator_version,
    })
}

fn time(micros: i64) -> Result<Timestamp, String> {
    Timestamp::from_micros(micros)
        .ok_or_else(|| format!("{micros} is not a time within the years 1970 to 9999"))
}

/// What version 2 said of every worker of a run in that state.
const fn worker(status: GlobalStatus) -> WorkerState {
    match status {
        GlobalStatus::Processing | GlobalStatus::Paused => WorkerState::Waiting,
        GlobalStatus::Completed | GlobalStatus::Cancelled => WorkerState::Finished,
        GlobalStatus::Failed => WorkerState::Error,
    }
}

/// A plan as version 2 wrote it, as it is written now.
fn updated(mut plan: PlanFields) -> Result<PlanFields, String> {
    let micros = plan.get(PlanField::StartTime).and_then(Value::as_i64);
    let start_time = time(micros.unwrap_or(-1))?;
    plan.set(PlanField::StartTime, rfc3339(start_time));
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use emulator_domain::emulation::Outcome;
    use emulator_ports::contract::repository::emulation;

    use super::super::tables::tests::emulation_of_a_model;
    use super::*;

    #[test]
    fn a_row_that_no_run_was_written_as_is_refused_with_the_reason() {
        let run = emulation(1, 1);
        let text = String::from_utf8(write(&run)).unwrap();
        let said = |changed: &str| {
            assert_ne!(changed, text);
            match read(run.id(), changed.as_bytes(), None, &Models::default()) {
                Ok(_) => "it was read".to_owned(),
                Err(RowError::Version(got)) => format!("version {got}"),
                Err(RowError::Damaged(why)) => why,
            }
        };
        for (from, to, why) in [
            (r#""version":6"#, r#""version":7,"new":[]"#, "version 7"),
            (
                r#""status":"processing""#,
                r#""status":"lost""#,
                "invalid status 'lost'; expected processing",
            ),
            (
                r#""acknowledged_units":0"#,
                r#""acknowledged_units":1"#,
                "1 acknowledged units up to record 0",
            ),
            (
                r#""format_type":"csv""#,
                r#""format_type":"xml""#,
                "invalid format_type 'xml'",
            ),
            (
                r#""first_user_id":1000"#,
                r#""first_user_id":0"#,
                "invalid last_user_id 9999",
            ),
            (
                r#""workers":["waiting""#,
                r#""workers":["asleep""#,
                "invalid worker 'asleep'",
            ),
            (r#""created_at":"#, r#""created_at":-"#, "is not a time"),
            (r#""bytes":0"#, r#""bytes":0,"more":1"#, "unknown field"),
        ] {
            let got = said(&text.replacen(from, to, 1));
            assert!(got.contains(why), "{to}: {got}");
        }
        assert!(said(&text[..text.len() - 1]).contains("EOF"));
        assert_eq!(
            read(run.id(), text.as_bytes(), None, &Models::default())
                .unwrap()
                .run,
            run
        );
    }

    #[test]
    fn rows_of_earlier_versions_are_read() {
        let mut run = emulation(1, 1);
        run.start(Timestamp::LATEST, 3).unwrap();
        run.finish(Outcome::Cancelled, Timestamp::LATEST).unwrap();
        let mut row: Value = serde_json::from_slice(&write(&run)).unwrap();
        row["plan"]["start_time"] = 1_767_225_600_123_456_i64.into();
        for (version, absent) in [(2, &["workers"][..]), (1, &["failure_kind", "location"])] {
            row["version"] = version.into();
            for field in absent {
                row.as_object_mut().unwrap().remove(*field).unwrap();
            }
            let former = serde_json::to_vec(&row).unwrap();
            assert_eq!(
                read(run.id(), &former, None, &Models::default())
                    .unwrap()
                    .run,
                run
            );
        }
        row["plan"]["start_time"] = (-1).into();
        let wrong = serde_json::to_vec(&row).unwrap();
        match read(run.id(), &wrong, None, &Models::default()) {
            Err(RowError::Damaged(why)) => assert!(why.contains("-1 is not a time"), "{why}"),
            _ => panic!("a start time before 1970 was read"),
        }
    }

    #[test]
    fn a_model_is_kept_beside_its_runs_and_was_part_of_each_row_in_version_4() {
        let run = emulation_of_a_model(1);
        let (row, kept) = (write(&run), write_model(model(&run).unwrap()));
        let digest = &model(&run).unwrap().digest;
        assert_eq!(model_digest(&row).as_ref(), Some(digest));
        assert_eq!(
            read(run.id(), &row, Some(&kept), &Models::default())
                .unwrap()
                .run,
            run
        );
        let other = String::from_utf8(kept.clone())
            .unwrap()
            .replacen(digest, "0", 1);
        let without = read(run.id(), &row, None, &Models::default());
        let changed = read(run.id(), &row, Some(other.as_bytes()), &Models::default());
        for refused in [without, changed] {
            assert!(matches!(refused, Err(RowError::Damaged(why)) if why.contains(digest)));
        }
        let (row, kept) = (
            String::from_utf8(row).unwrap(),
            String::from_utf8(kept).unwrap(),
        );
        let former = row.replacen("\"version\":6", "\"version\":4", 1).replacen(
            &format!("\"model_digest\":\"{digest}\""),
            &format!("\"model\":{kept}"),
            1,
        );
        assert_eq!(model_digest(former.as_bytes()), None);
        assert_eq!(
            read(run.id(), former.as_bytes(), None, &Models::default())
                .unwrap()
                .run,
            run
        );
    }
}
