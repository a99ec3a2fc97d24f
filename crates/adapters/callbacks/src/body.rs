//! The JSON body of a callback.

use std::collections::BTreeMap;

use emulator_domain::emulation::{CallbackEvent, Emulation};
use emulator_manifest::Records;
use emulator_manifest::time::rfc3339;
use serde::Serialize;

/// An event of a run. Its id is the same for every attempt.
#[derive(Serialize)]
struct Body<'r> {
    id: String,
    event: &'static str,
    time: Option<String>,
    emulation: Run<'r>,
}

#[derive(Serialize)]
struct Run<'r> {
    id: String,
    name: Option<&'r str>,
    labels: &'r BTreeMap<String, String>,
    status: &'static str,
    emulation_domain: String,
    emulator_sync: &'static str,
    destination: &'r str,
    records: Records,
    bytes: u64,
    started_at: Option<String>,
    finished_at: Option<String>,
    error: Option<&'r str>,
}

pub(crate) fn body(event: CallbackEvent, run: &Emulation) -> String {
    let plan = run.plan();
    let body = Body {
        id: format!("{}.{}", run.id(), event.name()),
        event: event.name(),
        time: run.finished_at().map(rfc3339),
        emulation: Run {
            id: run.id().to_string(),
            name: run.tags().name(),
            labels: run.tags().labels(),
            status: run.status().name(),
            emulation_domain: plan.dataset().to_string(),
            emulator_sync: plan.sink().name(),
            destination: plan.destination(),
            records: run.into(),
            bytes: run.counts().bytes,
            started_at: run.started_at().map(rfc3339),
            finished_at: run.finished_at().map(rfc3339),
            error: run.error(),
        },
    };
    serde_json::to_string(&body).expect("texts and numbers are JSON")
}
