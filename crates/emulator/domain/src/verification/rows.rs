//! Compares rows of a table, in any order, with the records that they should be.

use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::Verdict;
use crate::plan::EmulationPlan;
use crate::record::{
    Block, Blocks, Cells, Column, Presence, Value, blocks, blocks_of_timeline, cut_to_millis,
    positions, values_equal,
};

/// Records that are generated at once.
const BLOCK: u64 = 512;
/// Up to this distance between two records, generating those in between as well is faster.
const NEAR: u64 = 32;

/// The part of a record that a column of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowPart {
    /// The id of the emulation.
    Emulation,
    /// The event time.
    Time,
    /// The field at that position.
    Field(usize),
}

/// Rows that were read back, column by column. It is filled, inspected and filled again.
#[derive(Debug, Default)]
pub struct TableRows {
    /// The values of each requested part; `None` if the table does not have it.
    pub columns: Vec<Option<Column>>,
    /// How many rows there are.
    pub len: usize,
}

/// Identifies the records of rows, and the columns in which they differ.
pub struct RowVerifier {
    blocks: Arc<dyn Blocks>,
    /// The records that belong to the run.
    part: Range<u64>,
    emulation: Uuid,
    parts: Vec<RowPart>,
    /// Where the id fields are: a position among the parts, and a path within that column.
    ids: Vec<(usize, Vec<usize>)>,
    /// Whether times of fields were delivered in milliseconds.
    in_millis: bool,
    block: Block,
    emulations: Column,
    times: Column,
}

impl RowVerifier {
    /// Verifies rows of the emulation that carried out `plan`, with the columns `parts`. `Err`
    /// names the id fields that are missing.
    pub fn new(
        plan: &EmulationPlan,
        emulation: Uuid,
        parts: Vec<RowPart>,
    ) -> Result<Self, Vec<String>> {
        let (blocks, part) = match plan.deliveries() {
            None => (blocks_of_timeline(plan), plan.part()),
            Some(deliveries) => (blocks(plan), 0..deliveries.len()),
        };
        let schema = plan.dataset().schema();
        let fields = blocks.id_fields();
        let place = |path: &String| {
            let positions = positions(schema.fields(), path)?;
            let (first, rest) = positions.split_first()?;
            let part = RowPart::Field(*first);
            let part = parts.iter().position(|each| *each == part)?;
            Some((part, rest.to_vec()))
        };
        let ids: Option<Vec<_>> = fields.iter().map(place).collect();
        let Some(ids) = ids else { return Err(fields) };
        Ok(Self {
            blocks,
            part,
            emulation,
            parts,
            ids,
            in_millis: plan.format().is_text() && plan.dataset().stream().is_none(),
            block: Block::default(),
            emulations: Column::new(Cells::Uuid(vec![emulation; BLOCK as usize])),
            times: Column::new(Cells::Timestamp(Vec::new())),
        })
    }

    /// Calls `each`, in order, with the verdict on each row and the positions of the parts in which
    /// it differs from its record.
    pub fn inspect(&mut self, rows: &TableRows, mut each: impl FnMut(Verdict, &[usize])) {
        let mut verdicts = vec![Verdict::Foreign; rows.len];
        let mut changed: Vec<(usize, usize)> = Vec::new();
        let mut known = self.indices(rows, &mut verdicts);
        if !known.is_sorted() {
            known.sort_unstable();
        }
        let mut pairs = Vec::new();
        let mut rest = known.as_slice();
        while let Some(&(first, _)) = rest.first() {
            let mut last = first;
            let near = rest.iter().take_while(|(index, _)| {
                let near = index - last <= NEAR && index - first < BLOCK;
                last = if near { *index } else { last };
                near
            });
            let (group, others) = rest.split_at(near.count());
            rest = others;
            // Indices are below the capacity.
            if self.blocks.fill(first..last + 1, &mut self.block).is_err() {
                continue;
            }
            if self.in_millis {
                cut_to_millis(&mut self.block);
            }
            pairs.clear();
            pairs.extend(
                group
                    .iter()
                    .map(|(index, row)| (*row, (index - first) as usize)),
            );
            for (index, row) in group {
                verdicts[*row] = Verdict::Intact(*index);
            }
            self.compare(rows, &pairs, &mut verdicts, &mut changed);
        }
        changed.sort_unstable();
        let mut changed = changed.as_slice();
        let mut parts = Vec::new();
        for (row, verdict) in verdicts.into_iter().enumerate() {
            let (own, rest) = changed.split_at(changed.partition_point(|(other, _)| *other <= row));
            changed = rest;
            parts.clear();
            parts.extend(own.iter().map(|(_, part)| *part));
            each(verdict.in_part(&self.part, self.blocks.envelope()), &parts);
        }
    }

    /// The indices of the rows that have one, each with its row; the verdicts on the others are set
    /// here.
    fn indices(&self, rows: &TableRows, verdicts: &mut [Verdict]) -> Vec<(u64, usize)> {
        let capacity = self.blocks.capacity();
        let emulation = self
            .parts
            .iter()
            .position(|part| *part == RowPart::Emulation);
        let emulation = emulation.and_then(|part| rows.columns[part].as_ref());
        let mut texts = vec![String::new(); self.ids.len()];
        let mut known = Vec::with_capacity(rows.len);
        for (row, verdict) in verdicts.iter_mut().enumerate() {
            if let Some(Value::Uuid(id)) = emulation.map(|column| column.get(row))
                && id != self.emulation
            {
                *verdict = Verdict::OtherEmulation;
                continue;
            }
            for ((part, path), text) in self.ids.iter().zip(&mut texts) {
                text.clear();
                let column = rows.columns[*part].as_ref();
                let value = column.map_or(Value::Missing, |column| column.get_at(path, row));
                value.write_id(text);
            }
            let id: Vec<&str> = texts.iter().map(String::as_str).collect();
            match self.blocks.index_of(&id) {
                Some(index) if index < capacity => known.push((index, row)),
                None if self.blocks.is_of_other_part(&id) => *verdict = Verdict::OtherEmulation,
                _ => {}
            }
        }
        known
    }

    /// Compares rows with the records of the block: `pairs` has the positions of both.
    fn compare(
        &mut self,
        rows: &TableRows,
        pairs: &[(usize, usize)],
        verdicts: &mut [Verdict],
        changed: &mut Vec<(usize, usize)>,
    ) {
        if let Cells::Timestamp(times) = &mut self.times.cells {
            times.clone_from(&self.block.times);
        }
        for (position, part) in self.parts.iter().enumerate() {
            let Some(found) = &rows.columns[position] else {
                continue;
            };
            let expected = match part {
                RowPart::Emulation => &self.emulations,
                RowPart::Time => &self.times,
                RowPart::Field(field) => &self.block.columns[*field],
            };
            let paths = self.ids.iter().filter(|(part, _)| *part == position);
            differences(found, expected, pairs, |row, record| {
                let is_id = |path: &[usize]| {
                    !values_equal(found.get_at(path, row), expected.get_at(path, record))
                };
                // Every UUID gives some index.
                if paths.clone().any(|(_, path)| is_id(path)) {
                    verdicts[row] = Verdict::Foreign;
                } else if let Verdict::Intact(index) | Verdict::Corrupt(index) = verdicts[row] {
                    verdicts[row] = Verdict::Corrupt(index);
                    changed.push((row, position));
                }
            });
        }
    }
}

/// Calls `differ` for each pair with different values.
fn differences(
    found: &Column,
    expected: &Column,
    pairs: &[(usize, usize)],
    mut differ: impl FnMut(usize, usize),
) {
    macro_rules! plain {
        ($found:expr, $expected:expr) => {
            for (row, record) in pairs {
                let there = found.presence(*row) == Presence::Present
                    && expected.presence(*record) == Presence::Present;
                let equal = match there {
                    true => $found[*row] == $expected[*record],
                    false => values_equal(found.get(*row), expected.get(*record)),
                };
                if !equal {
                    differ(*row, *record);
                }
            }
        };
    }
    match (&found.cells, &expected.cells) {
        (Cells::Long(found), Cells::Long(expected)) => plain!(found, expected),
        (Cells::Uuid(found), Cells::Uuid(expected)) => plain!(found, expected),
        (Cells::Timestamp(found), Cells::Timestamp(expected)) => plain!(found, expected),
        _ => {
            for (row, record) in pairs {
                if !values_equal(found.get(*row), expected.get(*record)) {
                    differ(*row, *record);
                }
            }
        }
    }
}
