//! A few records at once, without a destination.

use emulator_domain::Domain;
use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{Format, Grouping, PlanDraft, PlanError, Sink};
use emulator_ports::Batch;
use uuid::Uuid;

use crate::Emulator;

/// The most records that a sample may have.
pub const MOST: u64 = 1000;

/// The first `count` records (1..=[`MOST`]) of `domain` as one object of `format`, as if they
/// happened from now on. The envelopes carry the nil UUID: there is no emulation.
///
/// # Errors
/// If `count` is out of range.
pub fn sample(
    emulator: &Emulator,
    domain: Domain,
    count: u64,
    seed: Option<u64>,
    format: Format,
) -> Result<Vec<u8>, PlanError> {
    if !(1..=MOST).contains(&count) {
        return Err(PlanError {
            field: "count",
            got: count.to_string(),
            allowed: format!("1..={MOST} records"),
        });
    }
    let plan = emulator.inner.parse_for(
        &[Sink::Null],
        PlanDraft {
            emulator_sync: Sink::Null.name().to_owned(),
            emulation_domain: domain.name().to_owned(),
            format_type: format.name().to_owned(),
            sync_type: Grouping::Grouped.name().to_owned(),
            timeout: PlanDraft::MAX_TIMEOUT.into(),
            count: Some(count.into()),
            seed,
            ..PlanDraft::default()
        },
    )?;
    let (encoders, id) = (&emulator.inner.encoders, EmulationId::new(Uuid::nil()));
    let mut batch = Batch::default();
    encoders
        .encoder(id, &plan)
        .encode(0..plan.end(), &mut batch)
        .map_err(|error| PlanError {
            field: "count",
            got: count.to_string(),
            allowed: error.to_string(),
        })?;
    let mut framer = encoders.framing(id, &plan).framer();
    let mut object = framer.append(&batch, 0..batch.len()).concat();
    object.extend_from_slice(framer.finish());
    Ok(object)
}
