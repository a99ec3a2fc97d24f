//! A run as it is written: JSON that says its own version.

use emulator_domain::delivery::{Checkpoint, Counts};
use emulator_domain::emulation::{
    Emulation, EmulationId, FailureKind, GlobalStatus, RunFailure, Snapshot,
};
use emulator_domain::plan::{EmulationPlan, Pace, PlanDefaults, PlanDraft, Sink};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{GENERATOR_VERSION, Rate, Timestamp, UserIds};
use serde::{Deserialize, Serialize};

/// The version of [`RunRow`].
pub(crate) const VERSION: u32 = 2;
/// The oldest version that is read: without the kind of the failure and the location.
const OLDEST: u32 = 1;

/// Why a row is not a run.
#[derive(Debug)]
pub(crate) enum RowError {
    /// Another release wrote it.
    Version(u32),
    /// It is not what was written; why.
    Damaged(String),
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Times are microseconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunRow {
    version: u32,
    generator_version: u32,
    plan: Plan,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    status: String,
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

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    emulator_sync: String,
    emulation_domain: String,
    format_type: String,
    sync_type: String,
    max_chunk_size: u64,
    timeout: u64,
    seed: u64,
    count: Option<u64>,
    rate: f64,
    pace: String,
    start_time: i64,
    workers: u16,
    destination: String,
    delivery: String,
    first_user_id: u32,
    last_user_id: u32,
    labels: bool,
}

/// The run as bytes.
pub(crate) fn write(run: &Emulation) -> Vec<u8> {
    let Snapshot {
        counts, checkpoint, ..
    } = run.snapshot();
    let row = RunRow {
        version: VERSION,
        generator_version: GENERATOR_VERSION,
        plan: plan_row(run.plan()),
        created_at: run.created_at().micros(),
        started_at: run.started_at().map(Timestamp::micros),
        finished_at: run.finished_at().map(Timestamp::micros),
        status: run.status().name().to_owned(),
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

/// The run that was written as `bytes` under the name `id`.
pub(crate) fn read(id: EmulationId, bytes: &[u8]) -> Result<Read, RowError> {
    let damaged = |why: &dyn std::fmt::Display| RowError::Damaged(format!("emulation {id}: {why}"));
    let Versioned { version } = serde_json::from_slice(bytes).map_err(|error| damaged(&error))?;
    if !(OLDEST..=VERSION).contains(&version) {
        return Err(RowError::Version(version));
    }
    let row: RunRow = serde_json::from_slice(bytes).map_err(|error| damaged(&error))?;
    let time = |micros| time(micros).map_err(|why| damaged(&why));
    let status = GlobalStatus::ALL
        .into_iter()
        .find(|status| status.name() == row.status)
        .ok_or_else(|| damaged(&format_args!("{:?} is not a status", row.status)))?;
    let kind = match row.failure_kind {
        Some(name) => FailureKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| damaged(&format_args!("{name:?} is not a kind of failure")))?,
        None => FailureKind::Internal,
    };
    let run = Emulation::restored(Snapshot {
        id,
        plan: plan(row.plan).map_err(|why| damaged(&why))?,
        created_at: time(row.created_at)?,
        started_at: row.started_at.map(time).transpose()?,
        finished_at: row.finished_at.map(time).transpose()?,
        status,
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
    });
    Ok(Read {
        run: run.map_err(|error| damaged(&error))?,
        generator_version: row.generator_version,
    })
}

fn plan_row(plan: &EmulationPlan) -> Plan {
    let draft = plan.draft();
    Plan {
        max_chunk_size: u64::try_from(draft.max_chunk_size).expect("plans hold it as such"),
        timeout: plan.timeout(),
        seed: plan.seed().get(),
        count: plan.count(),
        rate: plan.timeline().rate().get(),
        start_time: plan.timeline().start().micros(),
        workers: plan.workers(),
        destination: plan.destination().to_owned(),
        first_user_id: plan.users().first(),
        last_user_id: plan.users().last(),
        labels: plan.labels() == Labels::Shown,
        pace: plan.pace().name().to_owned(),
        delivery: plan.guarantee().name().to_owned(),
        emulator_sync: draft.emulator_sync,
        emulation_domain: draft.emulation_domain,
        format_type: draft.format_type,
        sync_type: draft.sync_type,
    }
}

fn time(micros: i64) -> Result<Timestamp, String> {
    Timestamp::from_micros(micros)
        .ok_or_else(|| format!("{micros} is not a time within the years 1970 to 9999"))
}

/// The plan, or which field of it cannot be.
fn plan(row: Plan) -> Result<EmulationPlan, String> {
    let start_time = time(row.start_time)?;
    let users =
        UserIds::new(row.first_user_id, row.last_user_id).map_err(|error| error.to_string())?;
    let draft = PlanDraft {
        emulator_sync: row.emulator_sync,
        emulation_domain: row.emulation_domain,
        format_type: row.format_type,
        sync_type: row.sync_type,
        max_chunk_size: row.max_chunk_size.into(),
        timeout: row.timeout.into(),
        seed: Some(row.seed),
        count: row.count.map(i128::from),
        rate: Some(row.rate),
        pace: Some(row.pace),
        start_time: Some(start_time),
        workers: Some(row.workers.into()),
        destination: Some(row.destination),
        delivery: Some(row.delivery),
    };
    let parsed = draft.parse(&PlanDefaults {
        sinks: Sink::ALL,
        users,
        labels: if row.labels {
            Labels::Shown
        } else {
            Labels::Withheld
        },
        // The draft leaves nothing of this open.
        seed: row.seed,
        start_time,
        rate: Rate::SLOWEST,
        workers: 1,
        pace: Pace::Realtime,
    });
    parsed.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use emulator_ports::contract::repository::emulation;

    use super::*;

    #[test]
    fn a_row_that_no_run_was_written_as_is_refused_with_the_reason() {
        let run = emulation(1, 1);
        let text = String::from_utf8(write(&run)).unwrap();
        let said = |from: &str, to: &str| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            match read(run.id(), changed.as_bytes()) {
                Ok(_) => "it was read".to_owned(),
                Err(RowError::Version(got)) => format!("version {got}"),
                Err(RowError::Damaged(why)) => why,
            }
        };
        for (from, to, why) in [
            (r#""version":2"#, r#""version":3,"new":[]"#, "version 3"),
            (
                r#""status":"processing""#,
                r#""status":"lost""#,
                r#""lost" is not a status"#,
            ),
            (
                r#""acknowledged_units":0"#,
                r#""acknowledged_units":1"#,
                "1 pieces up to record 0",
            ),
            (
                r#""format_type":"csv""#,
                r#""format_type":"xml""#,
                "format_type: got",
            ),
            (
                r#""first_user_id":1000"#,
                r#""first_user_id":0"#,
                "user ids 0..=",
            ),
            (r#""created_at":"#, r#""created_at":-"#, "is not a time"),
            (r#""bytes":0"#, r#""bytes":0,"more":1"#, "unknown field"),
            ("}", "", "EOF"),
        ] {
            let got = said(from, to);
            assert!(got.contains(why), "{to}: {got}");
        }
        assert_eq!(read(run.id(), text.as_bytes()).unwrap().run, run);
        let former = text.replace(r#""version":2"#, r#""version":1"#);
        let former = former.replace(r#","failure_kind":null,"location":null"#, "");
        assert_ne!(former.len(), text.len());
        assert_eq!(read(run.id(), former.as_bytes()).unwrap().run, run);
    }
}
