//! Whether the destinations respond.

use emulator_domain::plan::Sink;
use emulator_ports::DestinationError;

use crate::Emulator;

/// The current state of each destination: `Ok`, or a message for the user about what is wrong.
pub async fn readiness(emulator: &Emulator) -> Vec<(Sink, Result<(), String>)> {
    let probes: Vec<_> = emulator
        .inner
        .destinations
        .iter()
        .map(|(sink, destination)| {
            let destination = destination.clone();
            (
                *sink,
                tokio::spawn(async move { destination.probe().await }),
            )
        })
        .collect();
    let mut states = Vec::with_capacity(probes.len());
    for (sink, probe) in probes {
        let state = match probe.await {
            Ok(answer) => answer.as_ref().map_err(DestinationError::chain).copied(),
            Err(panicked) => Err(panicked.to_string()),
        };
        states.push((sink, state));
    }
    states
}
