//! A few sample records, without a destination.

use emulator_domain::emulation::EmulationId;
use emulator_domain::imperfection::Imperfections;
use emulator_domain::plan::{EmulationPlan, Format, PlanErrors, PlanSpec, RecordCount, Sink};
use emulator_domain::record::IndexError;
use emulator_domain::{Dataset, Seed};
use emulator_ports::{Batch, SchemaIds, SchemaLanguage};
use uuid::Uuid;

use crate::Emulator;

/// The most records in a sample.
pub const MOST: u16 = 1000;

/// Why there is no sample.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The number of records is out of range.
    #[error("invalid count {0}; expected 1 to {MOST} records")]
    Count(u16),
    /// With this seed, the time range has no records.
    #[error("{0} has no record with seed {1}; expected a seed with some, or a longer time")]
    Empty(String, u64),
    /// The request does not make a valid plan.
    #[error(transparent)]
    Plan(#[from] PlanErrors),
    /// The calendar has fewer records than were requested.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// The first `count` records (1..=[`MOST`]) of `dataset` as one object of `format`, with event
/// times from now on. The envelopes carry the nil UUID, as there is no emulation.
///
/// # Errors
/// See [`SampleError`].
pub fn sample(
    emulator: &Emulator,
    dataset: impl Into<Dataset>,
    count: u16,
    seed: Option<Seed>,
    format: Format,
) -> Result<Vec<u8>, SampleError> {
    if !(1..=MOST).contains(&count) {
        return Err(SampleError::Count(count));
    }
    let defaults = emulator.spec(dataset, Sink::Null, format);
    let plan = EmulationPlan::new(PlanSpec {
        seed: seed.unwrap_or(defaults.seed),
        population: defaults.population.filter(|_| seed.is_none()),
        count: RecordCount::new(count).ok(),
        // A sample shows clean records.
        imperfections: Imperfections::default(),
        ..defaults
    })?;
    if plan.end() == 0 {
        let name = plan.dataset().to_string();
        return Err(SampleError::Empty(name, plan.seed().get()));
    }
    let (encoders, id) = (&emulator.inner.encoders, EmulationId::new(Uuid::nil()));
    let mut batch = Batch::default();
    let encoder = encoders.encoder(id, &plan, SchemaIds::default());
    encoder.encode(0..plan.end(), &mut batch)?;
    let mut framer = encoders.framing(id, &plan).framer();
    let mut object = framer.append(&batch, 0..batch.len()).concat();
    object.extend_from_slice(framer.finish());
    Ok(object)
}

/// The schema of these records in the given language.
pub fn schema(emulator: &Emulator, dataset: &Dataset, language: SchemaLanguage) -> String {
    let (name, envelope, schema) = (dataset.name(), dataset.envelope(), dataset.schema());
    let encoders = &emulator.inner.encoders;
    encoders.schema(&name, envelope, schema, language)
}
