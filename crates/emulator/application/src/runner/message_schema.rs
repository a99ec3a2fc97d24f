//! The schema of a run's messages: registered before the first of them.

use std::time::Duration;

use emulator_domain::plan::EmulationPlan;
use emulator_ports::{DestinationErrorKind, SchemaId};
use tokio::time::{Instant, sleep};

use super::Ending;
use super::stop_signals::StopSignals;
use crate::Emulator;

/// For how long a run waits for a registry that is away.
const PATIENCE: Duration = Duration::from_secs(60);
/// After what time a registry that is away is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// The subject of the values of a topic.
pub(crate) fn subject(plan: &EmulationPlan) -> String {
    format!("{}-value", plan.destination())
}

/// The id of the run's schema, if its messages begin with one.
pub(super) async fn register(
    emulator: &Emulator,
    plan: &EmulationPlan,
    stop_signals: &StopSignals,
) -> Result<Option<SchemaId>, Ending> {
    let schema = emulator.inner.encoders.message_schema(plan);
    let (Some(registry), Some(schema)) = (&emulator.inner.registry, schema) else {
        return Ok(None);
    };
    let subject = subject(plan);
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        let registering = registry.register(&subject, schema.language, &schema.text);
        let error = tokio::select! {
            biased;
            pulled = stop_signals.pulled() => return Err(pulled.into()),
            registered = registering => match registered {
                Ok(id) => return Ok(Some(id)),
                Err(error) => error,
            },
        };
        if error.kind != DestinationErrorKind::Unreachable || begun.elapsed() >= PATIENCE {
            return Err(Ending::failed(error));
        }
        if !std::mem::replace(&mut is_told, true) {
            let error = error.chain();
            tracing::warn!(
                error,
                "the schema is not registered yet; asking for a minute"
            );
        }
        tokio::select! {
            biased;
            pulled = stop_signals.pulled() => return Err(pulled.into()),
            () = sleep(PAUSE) => {}
        }
    }
}

/// As many bytes as a message of the run begins with, whichever schema it is.
pub(super) fn placeholder(emulator: &Emulator, plan: &EmulationPlan) -> Option<SchemaId> {
    emulator.inner.registry.as_ref()?;
    let schema = emulator.inner.encoders.message_schema(plan);
    schema.map(|_| SchemaId(0))
}
