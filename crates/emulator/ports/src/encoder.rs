//! From a plan to encoded batches.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::IndexError;

use crate::{Batch, ObjectFraming, RecordVerifier};

/// Fills batches with the records of one emulation. Called on generating threads, any number at
/// once, once a batch: the one dynamic dispatch on the way of a record.
pub trait BatchEncoder: Send + Sync {
    /// Makes the records of `range`, encodes them and leaves them in `batch`, whose former content
    /// is lost. Equal ranges give equal bytes.
    ///
    /// # Errors
    /// If the range ends beyond the domain; the batch then holds nothing of use.
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError>;
}

/// Makes encoders, what makes objects of their records, and what reads both back. Implemented by the
/// formats.
pub trait Encoders: Send + Sync {
    /// The encoder for the records of emulation `id`.
    fn encoder(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn BatchEncoder>;

    /// How objects are made of the records of that encoder, and records found in them.
    fn framing(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn ObjectFraming>;

    /// The verifier of the records of that encoder.
    fn record_verifier(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn RecordVerifier>;
}
