//! What a resumed run had done before.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::emulation::Emulation;
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::IndexError;
use emulator_ports::{Batch, BatchEncoder};

use super::delivery_tracker::{counts_separators, told_bytes};
use super::message_schema;
use super::pump::BATCH_RECORDS;
use crate::Emulator;
use crate::object_layout::batch_end;

/// The bytes of the records before the run's checkpoint.
///
/// They were counted for all records that had been generated; the bytes of those behind the
/// checkpoint, or if these are fewer of those before it, are found by making them again.
pub(crate) async fn bytes(emulator: &Emulator, run: &Emulation) -> Result<u64, String> {
    let (counts, next) = (run.counts(), run.checkpoint().next_index);
    if next == 0 || next == counts.generated {
        return Ok(if next == 0 { 0 } else { counts.bytes });
    }
    let schemas = message_schema::placeholder(emulator, run.plan());
    let encoder = emulator
        .inner
        .encoders
        .encoder(run.id(), run.plan(), schemas);
    let framing = emulator.inner.encoders.framing(run.id(), run.plan());
    let batch = framing.batch_records().unwrap_or(BATCH_RECORDS);
    let plan = run.plan().clone();
    let measured = tokio::task::spawn_blocking(move || {
        let behind = next..counts.generated;
        if next < behind.end - behind.start {
            measure(&encoder, &plan, 0..next, batch)
        } else {
            measure(&encoder, &plan, behind, batch).map(|bytes| counts.bytes.saturating_sub(bytes))
        }
    });
    match measured.await {
        Ok(bytes) => bytes.map_err(|error| error.to_string()),
        Err(panicked) => Err(panicked.to_string()),
    }
}

fn measure(
    encoder: &Arc<dyn BatchEncoder>,
    plan: &EmulationPlan,
    records: Range<u64>,
    batch_records: u64,
) -> Result<u64, IndexError> {
    let separators = counts_separators(plan);
    let mut batch = Batch::default();
    let (mut from, mut bytes) = (records.start, 0);
    while from < records.end {
        let to = records.end.min(batch_end(plan, batch_records, from));
        encoder.encode(from..to, &mut batch)?;
        bytes += told_bytes(&batch, separators);
        from = to;
    }
    Ok(bytes)
}
