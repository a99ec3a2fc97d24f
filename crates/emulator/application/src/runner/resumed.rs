//! What a resumed run has already done.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::emulation::Emulation;
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::IndexError;
use emulator_ports::{Batch, BatchEncoder};

use super::delivery_tracker::{Measured, counts_separators};
use super::message_schema;
use super::pump::BATCH_RECORDS;
use crate::Emulator;
use crate::object_layout::batch_end;

/// The measurements of the records before the run's checkpoint.
///
/// The stored measurements cover all records that were generated. The records after the checkpoint,
/// or those before it if they are fewer, are generated again and measured.
pub(crate) async fn before(emulator: &Emulator, run: &Emulation) -> Result<Measured, String> {
    let (counts, next) = (run.counts(), run.checkpoint().next_index);
    let all = Measured {
        bytes: counts.bytes,
        skewed: counts.skewed,
    };
    match next {
        0 => return Ok(Measured::default()),
        next if next == counts.generated => return Ok(all),
        _ => {}
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
            measure(&encoder, &plan, behind, batch).map(|behind| Measured {
                bytes: all.bytes.saturating_sub(behind.bytes),
                skewed: all.skewed.saturating_sub(behind.skewed),
            })
        }
    });
    match measured.await {
        Ok(before) => before.map_err(|error| error.to_string()),
        Err(panicked) => Err(panicked.to_string()),
    }
}

fn measure(
    encoder: &Arc<dyn BatchEncoder>,
    plan: &EmulationPlan,
    records: Range<u64>,
    batch_records: u64,
) -> Result<Measured, IndexError> {
    let separators = counts_separators(plan);
    let mut batch = Batch::default();
    let (mut from, mut sum) = (records.start, Measured::default());
    while from < records.end {
        let to = records.end.min(batch_end(plan, batch_records, from));
        encoder.encode(from..to, &mut batch)?;
        let measured = Measured::of(&batch, separators);
        sum.bytes += measured.bytes;
        sum.skewed += measured.skewed;
        from = to;
    }
    Ok(sum)
}
