//! The records of a run as they are delivered, with all that is to be wrong with them.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::blocks::Blocks;
use super::column::{Cells, Column};
use super::factory::IndexError;
use super::schema::Schema;
use super::stream::{Block, Envelope};
use crate::imperfection::{Corrupted, Deliveries, Delivery, Fault, renamed};

/// Up to so many records are made in vain where those before and after them are delivered.
const NEAR: u64 = 8;

/// Counted in deliveries, where [`Blocks`] of a plan are otherwise counted in records.
pub(super) struct Delivered {
    pub(super) deliveries: Arc<Deliveries>,
    /// Of the timeline.
    pub(super) records: Arc<dyn Blocks>,
    pub(super) corrupted: Option<Corrupted>,
    /// The position of the field that differs where a record comes with another id.
    pub(super) renamed: Option<usize>,
    /// Whether times of fields are written in milliseconds.
    pub(super) in_millis: bool,
    pub(super) spare: Mutex<Vec<Block>>,
}

impl Delivered {
    fn corrupted(&self, delivery: &Delivery) -> Option<(usize, crate::imperfection::CorruptKind)> {
        match (&self.corrupted, delivery.fault) {
            (Some(corrupted), Some((Fault::Corrupt, number))) => Some(corrupted.of(number)),
            _ => None,
        }
    }

    /// Appends the records of some deliveries that are near each other.
    fn take(
        &self,
        deliveries: &[Delivery],
        made: &mut Block,
        block: &mut Block,
    ) -> Result<(), IndexError> {
        let first = deliveries[0].record;
        let last = deliveries[deliveries.len() - 1].record;
        self.records.fill(first..last + 1, made)?;
        if block.columns.len() != made.columns.len() {
            block.columns = made.columns.iter().map(Column::emptied).collect();
        }
        if let (None, Some(key)) = (&block.key, &made.key) {
            block.key = Some(key.emptied());
        }
        if made.deletes.is_some() {
            block.deletes.get_or_insert_default();
        }
        let records = deliveries.iter().map(|delivery| delivery.record);
        block.records.get_or_insert_default().extend(records);
        let mut text = String::new();
        for delivery in deliveries {
            let row = (delivery.record - first) as usize;
            let corrupted = self.corrupted(delivery);
            let renamed = self.renamed.filter(|_| delivery.is_second());
            block.times.push(made.times[row]);
            let columns = block.columns.iter_mut().zip(&made.columns);
            for (position, (column, from)) in columns.enumerate() {
                let value = from.get(row);
                column.push(match corrupted {
                    Some((field, kind)) if field == position => {
                        let field = &self.schema().fields()[field];
                        Corrupted::value(kind, field, value, &mut text)
                    }
                    _ if renamed == Some(position) => renamed::renamed(value, &mut text),
                    _ => value,
                });
            }
            if let (Some(key), Some(from)) = (&mut block.key, &made.key) {
                key.push(from.get(row));
            }
            if let (Some(deletes), Some(from)) = (&mut block.deletes, &made.deletes) {
                deletes.push(from[row]);
            }
        }
        Ok(())
    }
}

impl Blocks for Delivered {
    fn schema(&self) -> &Schema {
        self.records.schema()
    }

    fn capacity(&self) -> u64 {
        self.deliveries.len()
    }

    fn envelope(&self) -> Envelope {
        self.records.envelope()
    }

    fn fill(&self, range: Range<u64>, block: &mut Block) -> Result<(), IndexError> {
        let capacity = self.capacity();
        if range.end > capacity {
            let index = range.start.max(capacity);
            return Err(IndexError { index, capacity });
        }
        block.clear();
        let len = range.end.saturating_sub(range.start) as usize;
        let all: Vec<_> = self.deliveries.from(range.start).take(len).collect();
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut made = spare().pop().unwrap_or_default();
        let near = |one: &Delivery, next: &Delivery| {
            (one.record..=one.record.saturating_add(NEAR)).contains(&next.record)
        };
        let taken = (all.chunk_by(near)).try_for_each(|near| self.take(near, &mut made, block));
        spare().push(made);
        if self.in_millis {
            cut_to_millis(block);
        }
        taken
    }

    fn id_fields(&self) -> Vec<String> {
        self.records.id_fields()
    }

    fn index_of(&self, id: &[&str]) -> Option<u64> {
        let own = self.records.index_of(id);
        let own = own.and_then(|record| self.deliveries.one_of(record));
        let (None, Some(position)) = (own, self.renamed) else {
            return own;
        };
        let (first, others) = id.split_first()?;
        let logical_type = &self.schema().fields()[position].logical_type;
        let original = renamed::original(logical_type, first)?;
        let id = [&[&*original], others].concat();
        self.deliveries.renamed(self.records.index_of(&id)?)
    }
}

/// Leaves of times what texts of built-in domains have.
pub(crate) fn cut_to_millis(block: &mut Block) {
    for column in &mut block.columns {
        if let Cells::Timestamp(times) = &mut column.cells {
            for time in times {
                *time = time.moved(-(time.micros() % 1000));
            }
        }
    }
}
