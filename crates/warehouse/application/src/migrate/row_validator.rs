//! Which rows of a file are accepted: those that are valid, with new keys and sound references.

use std::collections::BTreeMap;

use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::csv::{self, Format, Parsed};
use warehouse_domain::dictionary::Table;
use warehouse_domain::keys::KeySet;
use warehouse_domain::reason::{Fault, Reason, Rejection};

use super::blocks::{Block, Content};

/// What a block holds, as far as it can be told without the blocks before it.
pub(super) struct CheckedBlock {
    line: u64,
    bytes: Vec<u8>,
    parsed: Parsed,
    pub(super) read: u64,
}

impl CheckedBlock {
    pub(super) const fn empty_lines(&self) -> u64 {
        self.parsed.empty
    }
}

pub(super) fn check_block(table: &Table, format: Format, block: Block) -> CheckedBlock {
    let (bytes, parsed) = match block.content {
        Content::Lines(bytes) => {
            let parsed = csv::parse(table, format, &bytes);
            (bytes, parsed)
        }
        Content::TooLong(head) => {
            let mut parsed = csv::parse(table, format, b"");
            parsed.rejections.push(csv::too_long(0, &head));
            (head, parsed)
        }
    };
    CheckedBlock {
        line: block.line,
        bytes,
        parsed,
        read: block.read,
    }
}

/// What is known of the blocks before, and of the tables.
pub(super) struct RowValidator {
    /// Keys of the table before the load.
    pub(super) existing: KeySet,
    /// Keys by strict reference, in the order of the table's.
    pub(super) present: Vec<KeySet>,
    seen: KeySet,
    /// Faults by `column: reason`.
    pub(super) reasons: BTreeMap<String, u64>,
}

impl RowValidator {
    pub(super) fn new(existing: KeySet, present: Vec<KeySet>) -> Self {
        Self {
            existing,
            present,
            seen: KeySet::new(),
            reasons: BTreeMap::new(),
        }
    }

    /// The accepted rows of the next block, and its rejections by line.
    pub(super) fn validate(
        &mut self,
        table: &Table,
        block: CheckedBlock,
    ) -> (RowBatch, Vec<Rejection>) {
        let Parsed {
            mut rows,
            lines,
            mut rejections,
            ..
        } = block.parsed;
        let key = table.key();
        rows.retain(|rows, row| match self.fault(table, rows, row) {
            None => true,
            Some((column, reason)) => {
                let name = table.fields()[column].name.as_str();
                let value = rows.integer(row, column).to_string();
                let line = lines[row];
                rejections.push(Rejection {
                    row: u64::from(line),
                    faults: vec![Fault::of_cell(name, &value, reason)],
                    original: csv::shown_line(&block.bytes, line),
                });
                false
            }
        });
        debug_assert!(rows.is_empty() || self.seen.contains(rows.integer(0, key)));
        rejections.sort_by_key(|rejection| rejection.row);
        for rejection in &mut rejections {
            rejection.row += block.line;
            for fault in &rejection.faults {
                let column = fault.column.as_deref().unwrap_or("row");
                let reason = format!("{column}: {}", fault.reason.code());
                *self.reasons.entry(reason).or_default() += 1;
            }
        }
        (rows, rejections)
    }

    fn fault(&mut self, table: &Table, rows: &RowBatch, row: usize) -> Option<(usize, Reason)> {
        let key = rows.integer(row, table.key());
        if self.existing.contains(key) {
            return Some((table.key(), Reason::DuplicateInTable));
        }
        if self.seen.contains(key) {
            return Some((table.key(), Reason::DuplicateInInput));
        }
        for (reference, present) in table.strict_references().zip(&self.present) {
            let own = reference.table == *table.name();
            if let Value::Integer(other) = rows.value(row, reference.column)
                && !present.contains(other)
                && !(own && (other == key || self.seen.contains(other)))
            {
                return Some((reference.column, Reason::MissingReference));
            }
        }
        self.seen.insert(key);
        None
    }
}
