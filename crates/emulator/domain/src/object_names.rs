//! The names of objects, which follow from the plan so that a repeated upload replaces the same
//! bytes.

use crate::Timestamp;
use crate::emulation::EmulationId;
use crate::plan::Format;

/// Names the objects of one emulation.
#[derive(Clone, Copy, Debug)]
pub struct ObjectNames {
    id: EmulationId,
    format: Format,
}

impl ObjectNames {
    /// The names of emulation `id` in `format`.
    pub const fn new(id: EmulationId, format: Format) -> Self {
        Self { id, format }
    }

    /// The one object of a grouped run: `{emulation_id}.{format}`.
    pub fn grouped(&self) -> String {
        format!("{}.{}", self.id, self.format)
    }

    /// Object `number` of a chunked run: `{emulation_id}/part-{00000}.{format}`.
    pub fn part(&self, number: u64) -> String {
        format!("{}/part-{number:05}.{}", self.id, self.format)
    }

    /// The object of one record: `{key}_{unix millis of the event}.{format}`.
    pub fn single(&self, key: &str, at: Timestamp) -> String {
        format!("{key}_{}.{}", at.millis(), self.format)
    }
}
