//! The records of a run as they are delivered, with all imperfections.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::blocks::{Blocks, blocks_of_timeline};
use super::column::{Cells, Column};
use super::factory::IndexError;
use super::schema::{Field, LogicalType, Schema, positions};
use super::stream::{Block, Envelope};
use super::value::Value;
use crate::imperfection::renamed::{self, AGAIN, Other, UNKNOWN};
use crate::imperfection::skew::Skewed;
use crate::imperfection::{CorruptKind, Corrupted, Deliveries, Delivery, Fault};
use crate::plan::EmulationPlan;

/// Gaps between delivered records of up to this many are filled by generating records that are
/// discarded.
const NEAR: u64 = 8;
/// How many records outside the run's part are generated at once when they are read in order.
const AHEAD: u64 = 256;

/// The records that a plan delivers, indexed by record or, if there are imperfections, by delivery.
pub fn blocks(plan: &EmulationPlan) -> Arc<dyn Blocks> {
    let timeline = blocks_of_timeline(plan);
    if let Some(deliveries) = plan.deliveries() {
        let fields = timeline.schema().fields();
        let ids = timeline.id_fields().into_iter();
        let ids = ids.map(|path| positions(fields, &path).unwrap_or_default());
        return Arc::new(Delivered {
            deliveries: deliveries.clone(),
            ids: ids.collect(),
            records: timeline,
            corrupted: plan.corrupted(),
            skewed: plan.skewed(),
            renamed: (plan.imperfections().new_ids)
                .then(|| renamed::position(plan.dataset()))
                .flatten(),
            in_millis: plan.format().is_text() && plan.dataset().stream().is_none(),
            spare: Mutex::default(),
            outside: Mutex::default(),
        });
    }
    match plan.first() {
        0 => timeline,
        first => Arc::new(Windowed { first, timeline }),
    }
}

/// Indexed by delivery, where [`Blocks`] of a plan are otherwise indexed by record.
struct Delivered {
    deliveries: Arc<Deliveries>,
    /// The records of the timeline.
    records: Arc<dyn Blocks>,
    /// The positions of the fields that make the id, each the path to a field.
    ids: Vec<Vec<usize>>,
    corrupted: Option<Corrupted>,
    skewed: Option<Skewed>,
    /// The position of the field that differs when a record is delivered with another id.
    renamed: Option<usize>,
    /// Whether times of fields are written in milliseconds.
    in_millis: bool,
    spare: Mutex<Vec<Block>>,
    outside: Mutex<Outside>,
}

impl Delivered {
    fn corrupted(&self, fault: Option<(Fault, u64)>) -> Option<(Vec<usize>, CorruptKind)> {
        match (&self.corrupted, fault) {
            (Some(corrupted), Some((Fault::Corrupt, number))) => Some(corrupted.of(number)),
            _ => None,
        }
    }

    /// By how many microseconds the times of a record are skewed, and the positions of these.
    fn skew(&self, made: &Block, row: usize) -> (i64, &[usize]) {
        match &self.skewed {
            Some(skewed) => match skewed.micros(made.columns[skewed.device].get(row)) {
                0 => (0, &[]),
                micros => (micros, &skewed.times),
            },
            None => (0, &[]),
        }
    }

    /// Appends the records of several deliveries that are close to each other.
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
            let fields = self.schema().fields();
            let corrupted = self.corrupted(delivery.fault);
            let renamed = self.renamed.filter(|_| delivery.is_second());
            let (skew, skewed) = self.skew(made, row);
            block.skewed += u64::from(skew != 0 && !delivery.is_second());
            block.times.push(made.times[row].moved(skew));
            let columns = block.columns.iter_mut().zip(&made.columns);
            for (position, (column, from)) in columns.enumerate() {
                match (&corrupted, from.get(row)) {
                    (Some((path, kind)), _) if path[0] == position => {
                        let field = &fields[position];
                        damage(column, (from, row), (field, &path[1..]), *kind, &mut text);
                    }
                    (_, id) if renamed == Some(position) => {
                        let logical_type = &fields[position].logical_type;
                        column.push(AGAIN.of(logical_type, id, &mut text));
                    }
                    (_, Value::Timestamp(time)) if skewed.contains(&position) => {
                        column.push(Value::Timestamp(time.moved(skew)));
                    }
                    (_, value) => column.push(value),
                }
            }
            if let Some((path, CorruptKind::Type)) = corrupted {
                block.mistyped.push((block.times.len() - 1, path));
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
        let by_id = |id: &[&str]| self.records.index_of(id);
        own.or_else(|| self.deliveries.renamed(self.original(AGAIN, id, by_id)?))
            .or_else(|| {
                let record = self.original(UNKNOWN, id, by_id)?;
                let delivery = self.deliveries.one_of(record)?;
                self.has_unknown_id(record).then_some(delivery)
            })
    }

    fn is_of_other_part(&self, id: &[&str]) -> bool {
        // An envelope says whose record it is.
        if self.envelope() != Envelope::None {
            return false;
        }
        let by_id = |id: &[&str]| {
            let record = self.records.index_of(id)?;
            (!self.deliveries.has(record) && self.has_id(record, id)).then_some(record)
        };
        let renamed = || self.original(AGAIN, id, by_id);
        let unknown = || self.original(UNKNOWN, id, by_id);
        by_id(id).is_some()
            || renamed().is_some_and(|record| self.deliveries.has_new_id(record))
            || unknown().is_some_and(|record| self.has_unknown_id(record))
    }
}

/// Records outside the run's part, generated to compare their ids.
#[derive(Default)]
struct Outside {
    first: u64,
    block: Block,
}

impl Delivered {
    /// Whether a record of the timeline has that id; many ids lead to some record.
    fn has_id(&self, record: u64, id: &[&str]) -> bool {
        let mut outside = self.outside.lock().unwrap_or_else(PoisonError::into_inner);
        let Outside { first, block } = &mut *outside;
        let end = *first + block.len() as u64;
        if !(*first..end).contains(&record) {
            // The records of a part mostly come one after the other.
            let follows = (end..=end.saturating_add(NEAR)).contains(&record);
            let ahead = if follows { AHEAD } else { 1 };
            let range = record..record.saturating_add(ahead).min(self.records.capacity());
            *first = record;
            if range.is_empty() || self.records.fill(range, block).is_err() {
                block.clear();
                return false;
            }
        }
        let row = (record - *first) as usize;
        let mut text = String::new();
        self.ids.iter().zip(id).all(|(path, expected)| {
            text.clear();
            if let Some((field, path)) = path.split_first() {
                block.columns[*field].get_at(path, row).write_id(&mut text);
            }
            text == **expected
        })
    }

    /// Whether the id of a record is damaged so that it leads to no record.
    fn has_unknown_id(&self, record: u64) -> bool {
        let damage = self.corrupted(self.deliveries.fault(record));
        damage.is_some_and(|(_, kind)| kind == CorruptKind::Unknown)
    }

    /// The record that `by_id` finds by the id of which this one is a variant.
    fn original(
        &self,
        other: Other,
        id: &[&str],
        by_id: impl FnOnce(&[&str]) -> Option<u64>,
    ) -> Option<u64> {
        let (first, others) = id.split_first()?;
        let [position] = **self.ids.first()? else {
            return None;
        };
        let logical_type = &self.schema().fields()[position].logical_type;
        let original = other.original(logical_type, first)?;
        by_id(&[&[&*original], others].concat())
    }
}

/// The records from record `first` of the timeline on.
struct Windowed {
    first: u64,
    timeline: Arc<dyn Blocks>,
}

impl Blocks for Windowed {
    fn schema(&self) -> &Schema {
        self.timeline.schema()
    }

    fn capacity(&self) -> u64 {
        self.timeline.capacity().saturating_sub(self.first)
    }

    fn envelope(&self) -> Envelope {
        self.timeline.envelope()
    }

    fn fill(&self, range: Range<u64>, block: &mut Block) -> Result<(), IndexError> {
        let on_timeline = |index: u64| self.first.saturating_add(index);
        self.timeline
            .fill(on_timeline(range.start)..on_timeline(range.end), block)
    }

    fn id_fields(&self) -> Vec<String> {
        self.timeline.id_fields()
    }

    fn index_of(&self, id: &[&str]) -> Option<u64> {
        self.timeline.index_of(id)?.checked_sub(self.first)
    }
}

/// Appends the value of `from`'s row, damaged at a path within its field.
fn damage(
    column: &mut Column,
    (from, row): (&Column, usize),
    (field, path): (&Field, &[usize]),
    kind: CorruptKind,
    text: &mut String,
) {
    let value = from.get(row);
    match (path, &from.cells, &field.logical_type) {
        ([], ..) => column.push(Corrupted::value(kind, field, value, text)),
        ([inner, path @ ..], Cells::Struct(parts), LogicalType::Struct(fields))
            if from.is_present(row) =>
        {
            column.push_parts(|columns| {
                let parts = columns.iter_mut().zip(parts).enumerate();
                for (position, (column, from)) in parts {
                    match position == *inner {
                        true => damage(column, (from, row), (&fields[position], path), kind, text),
                        false => column.push(from.get(row)),
                    }
                }
            });
        }
        (
            [number, path @ ..],
            Cells::Array { ends, elements }
            | Cells::Map {
                ends,
                values: elements,
                ..
            },
            LogicalType::Array(field) | LogicalType::Map(field),
        ) if from.is_present(row) => {
            if let (Cells::Map { keys, .. }, Value::Map(map)) = (&mut column.cells, value) {
                map.entries()
                    .for_each(|(key, _)| keys.push(Value::Text(key)));
            }
            let start = if row == 0 { 0 } else { ends[row - 1] };
            let end = ends[row];
            column.push_parts(|columns| {
                for at in start..end {
                    match at - start == number % (end - start) {
                        true => damage(&mut columns[0], (elements, at), (field, path), kind, text),
                        false => columns[0].push(elements.get(at)),
                    }
                }
            });
        }
        _ => column.push(value),
    }
}

/// Rounds times down to milliseconds, the precision of text formats for built-in domains.
pub(crate) fn cut_to_millis(block: &mut Block) {
    for column in &mut block.columns {
        if let Cells::Timestamp(times) = &mut column.cells {
            for time in times {
                *time = time.moved(-(time.micros() % 1000));
            }
        }
    }
}
