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

    /// The schema of the objects' records, where they do not bring it along: `{emulation_id}.proto`.
    pub fn schema(&self) -> String {
        format!("{}.proto", self.id)
    }

    /// Object `number` of a chunked run: `{emulation_id}/part-{00000}.{format}`.
    pub fn part(&self, number: u64) -> String {
        format!("{}/part-{number:05}.{}", self.id, self.format)
    }

    /// How the names of all objects of a chunked run begin.
    pub fn parts(&self) -> String {
        format!("{}/part-", self.id)
    }

    /// The number of the object of a chunked run that has this name.
    pub fn part_number(&self, name: &str) -> Option<u64> {
        let rest = name.strip_prefix(&self.parts())?;
        let digits = rest.strip_suffix(self.format.name())?.strip_suffix('.')?;
        let number = digits.parse().ok()?;
        (self.part(number) == name).then_some(number)
    }

    /// The object of one record: `{key}_{unix millis of the event}.{format}`.
    pub fn single(&self, key: &str, at: Timestamp) -> String {
        format!("{key}_{}.{}", at.millis(), self.format)
    }
}
