//! Fields of the record in another stream that a record refers to.

use emulator_domain::record::{Cells, Column, Presence};

use crate::program::{Generator, Points, Records};

/// A field of a record of another stream.
#[derive(Debug)]
pub(crate) struct Of {
    pub(crate) lookup: RecordLookup,
    /// The stream, and its field.
    pub(crate) stream: usize,
    pub(crate) field: usize,
}

/// How the other record is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordLookup {
    /// By the field that is being generated, at this position.
    Itself(usize),
    /// By the field at this position, which was generated before.
    Field(usize),
    /// It is the parent.
    Parent,
}

impl Generator for Of {
    fn fill(&self, points: &Points<'_>) -> Column {
        let records = points.records;
        let rows = (0..points.len()).map(|i| points.row(i));
        let indices: Vec<u64> = match self.lookup {
            RecordLookup::Itself(field) | RecordLookup::Field(field) => {
                let picked = records.picked(field);
                rows.map(|row| picked[row]).collect()
            }
            RecordLookup::Parent => {
                let families = records.families();
                rows.map(|row| families[row].parent).collect()
            }
        };
        let mut column = Records::new(records.run, self.stream, &indices).only(self.field);
        if let RecordLookup::Field(field) = self.lookup {
            // A record without a reference has no value here.
            let reference = records.column(field);
            for i in 0..points.len() {
                if reference.presence(points.row(i)) != Presence::Present {
                    column.remove(i, Presence::Null);
                }
            }
        }
        column
    }

    fn of_parent(&self) -> Option<usize> {
        (self.lookup == RecordLookup::Parent).then_some(self.field)
    }
}

/// The number of a child among its siblings, from 1.
#[derive(Debug)]
pub(crate) struct Ordinal;

impl Generator for Ordinal {
    fn fill(&self, points: &Points<'_>) -> Column {
        let families = points.records.families();
        let ordinals = (0..points.len()).map(|i| i64::from(families[points.row(i)].ordinal) + 1);
        Column::new(Cells::Long(ordinals.collect()))
    }

    fn is_ordinal(&self) -> bool {
        true
    }
}
