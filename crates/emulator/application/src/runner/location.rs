//! Where a run delivers to: known and remembered before its first record, the same to its last.

use std::sync::Arc;

use emulator_domain::emulation::{Emulation, FailureKind, RunFailure};
use emulator_ports::{Destination, SchemaIds};

use super::stop_signals::StopSignals;
use super::{Ending, report};
use crate::Emulator;

/// The run's destination, if that leads to the place that the run began to deliver to.
pub(super) async fn settle(
    emulator: &Emulator,
    emulation: &mut Emulation,
    schemas: SchemaIds,
    stop_signals: &StopSignals,
) -> Result<Arc<dyn Destination>, Ending> {
    let refused = |why: String| Ending::failed(RunFailure::new(FailureKind::Refused, why));
    let sink = emulation.plan().sink();
    let Some(destination) = emulator.inner.destinations.get(&sink).cloned() else {
        return Err(refused(format!("{sink} is not configured here")));
    };
    let location = tokio::select! {
        biased;
        pulled = stop_signals.pulled() => return Err(pulled.into()),
        location = destination.location() => location.map_err(Ending::failed)?,
    };
    emulation
        .deliver_to(location + &written_with(schemas))
        .map_err(|elsewhere| refused(elsewhere.to_string()))?;
    report::save(emulator, emulation)
        .await
        .map_err(Ending::broken)?;
    Ok(destination)
}

/// Records with other ids of schemas are not what the first ones are.
fn written_with(schemas: SchemaIds) -> String {
    let parts = [("keys", schemas.key), ("values", schemas.value)].into_iter();
    let told = parts.filter_map(|(part, id)| Some(format!(" with {part} of schema {}", id?.0)));
    told.collect()
}
