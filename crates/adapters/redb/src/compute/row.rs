//! The stored form of a task.

use compute_domain::{
    CallbackState, ObjectKey, Outcome, Task, TaskId, TaskSnapshot, TaskStatus, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::failure::FileError;

#[derive(Serialize, Deserialize)]
struct Row {
    inputs: Vec<String>,
    callback_url: String,
    phases: Vec<(String, u64)>,
    outcome: Option<OutcomeRow>,
    callback: CallbackRow,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutcomeRow {
    Finished(Vec<String>),
    Failed(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CallbackRow {
    NotDue,
    /// Each process counts attempts from zero.
    Due,
    Delivered(u64),
    Abandoned(u64, String),
}

pub(super) fn write(task: &Task) -> Vec<u8> {
    let snapshot = task.snapshot();
    let texts = |keys: &[ObjectKey]| keys.iter().map(|key| key.as_str().to_owned()).collect();
    let phases = snapshot.phases.iter();
    let row = Row {
        inputs: texts(&snapshot.inputs),
        callback_url: snapshot.callback_url.clone(),
        phases: phases
            .map(|(status, at)| (status.name().to_owned(), at.millis()))
            .collect(),
        outcome: snapshot.outcome.as_ref().map(|outcome| match outcome {
            Outcome::Finished(keys) => OutcomeRow::Finished(texts(keys)),
            Outcome::Failed(why) => OutcomeRow::Failed(why.clone()),
        }),
        callback: match &snapshot.callback {
            CallbackState::NotDue => CallbackRow::NotDue,
            CallbackState::Due { .. } => CallbackRow::Due,
            CallbackState::Delivered(at) => CallbackRow::Delivered(at.millis()),
            CallbackState::Abandoned { at, why } => {
                CallbackRow::Abandoned(at.millis(), why.clone())
            }
        },
    };
    serde_json::to_vec(&row).expect("texts and numbers can be written")
}

pub(super) fn read(id: TaskId, bytes: &[u8]) -> Result<Task, FileError> {
    let damaged = || FileError::Damaged(format!("the row of task {id} cannot be read"));
    let row: Row = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    restore(id, row).ok_or_else(damaged)
}

fn restore(id: TaskId, row: Row) -> Option<Task> {
    let keys = |texts: Vec<String>| -> Option<Vec<ObjectKey>> {
        texts
            .iter()
            .map(|text| ObjectKey::parse(text).ok())
            .collect()
    };
    let phases = row.phases.into_iter();
    let at = Timestamp::from_millis;
    Task::restore(TaskSnapshot {
        id,
        inputs: keys(row.inputs)?,
        callback_url: row.callback_url,
        phases: phases
            .map(|(status, millis)| Some((TaskStatus::parse(&status)?, at(millis))))
            .collect::<Option<_>>()?,
        outcome: match row.outcome {
            None => None,
            Some(OutcomeRow::Finished(texts)) => Some(Outcome::Finished(keys(texts)?)),
            Some(OutcomeRow::Failed(why)) => Some(Outcome::Failed(why)),
        },
        callback: match row.callback {
            CallbackRow::NotDue => CallbackState::NotDue,
            CallbackRow::Due => CallbackState::Due {
                attempts: 0,
                last_error: None,
            },
            CallbackRow::Delivered(millis) => CallbackState::Delivered(at(millis)),
            CallbackRow::Abandoned(millis, why) => CallbackState::Abandoned {
                at: at(millis),
                why,
            },
        },
    })
}
