//! The place that a run delivers to: determined and saved before its first record, and fixed from
//! then on.

use std::sync::Arc;

use emulator_domain::emulation::{Emulation, FailureKind, RunFailure};
use emulator_ports::{Destination, SchemaIds};

use super::stop_signals::StopSignals;
use super::{Ending, report};
use crate::Emulator;

/// The destination of the run. Fails if it now leads to another place than the one where the run
/// began.
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
        reason = stop_signals.signalled() => return Err(reason.into()),
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

/// Part of the location, because records with other schema ids differ from the first ones.
fn written_with(schemas: SchemaIds) -> String {
    let parts = [("keys", schemas.key), ("values", schemas.value)].into_iter();
    let texts = parts.filter_map(|(part, id)| Some(format!(" with {part} of schema {}", id?.0)));
    texts.collect()
}
