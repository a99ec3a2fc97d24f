//! `GET /health/...`.

use std::collections::BTreeMap;

use emulator_domain::plan::Sink;
use serde::Serialize;
use utoipa::ToSchema;

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LiveAnswer {
    /// Always `up`.
    #[schema(example = "up")]
    pub(crate) status: &'static str,
}

/// Whether runs would be accepted and delivered now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadyAnswer {
    /// `up` if all destinations are.
    #[schema(example = "up")]
    status: &'static str,
    /// Each destination by the name that `emulator_sync` gives it.
    destinations: BTreeMap<&'static str, DestinationHealth>,
}

/// The state of one destination.
#[derive(Debug, Serialize, ToSchema)]
struct DestinationHealth {
    /// `up` or `down`.
    #[schema(example = "up")]
    status: &'static str,
    /// Why it is down: what was tried and what to check.
    error: Option<String>,
}

const fn word(up: bool) -> &'static str {
    if up { "up" } else { "down" }
}

impl ReadyAnswer {
    pub(crate) fn new(destinations: Vec<(Sink, Result<(), String>)>) -> Self {
        let up = destinations.iter().all(|(_, state)| state.is_ok());
        let destinations = destinations.into_iter().map(|(sink, state)| {
            let health = DestinationHealth {
                status: word(state.is_ok()),
                error: state.err(),
            };
            (sink.name(), health)
        });
        Self {
            status: word(up),
            destinations: destinations.collect(),
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.status == word(true)
    }
}
