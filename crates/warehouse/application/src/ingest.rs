//! Rows of a request.

use std::sync::Arc;

use tracing::{info, warn};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_domain::keys::KeySet;
use warehouse_domain::reason::{Fault, Reason, Rejection};
use warehouse_ports::{Idempotency, Insert, StoreError};

use crate::Warehouse;

/// The most rows of a request.
pub const MOST_ROWS: usize = 1000;

/// What a request brings: rows that are valid by themselves, and those that are not.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The valid rows.
    pub rows: RowBatch,
    /// The place of each valid row in the request.
    pub places: Vec<u32>,
    /// The other rows.
    pub rejections: Vec<Rejection>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// How many rows were inserted.
    pub inserted: usize,
    /// Why the others were not, by their place in the request.
    pub rejections: Vec<Rejection>,
    /// Whether this is the answer to an earlier request with the same key.
    pub replayed: bool,
}

/// Why no row was looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// There are none, or more than [`MOST_ROWS`].
    #[error(
        "got {} rows, expected 1 to {MOST_ROWS}; split larger amounts over several requests",
        if *.0 == 0 { "no".to_owned() } else { format!("more than {MOST_ROWS}") }
    )]
    RowCount(usize),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Warehouse {
    /// Inserts the good rows and tells what is wrong with the others; with `all_or_nothing`, one bad
    /// row keeps out all.
    ///
    /// # Errors
    /// If there are no rows or too many, or the database fails.
    pub async fn ingest(
        &self,
        table: &Arc<Table>,
        mut incoming: Incoming,
        all_or_nothing: bool,
        idempotency: Option<Idempotency>,
    ) -> Result<Ingested, IngestError> {
        let count = incoming.rows.len() + incoming.rejections.len();
        if !(1..=MOST_ROWS).contains(&count) {
            return Err(IngestError::RowCount(count));
        }
        take_out_doubles(table, &mut incoming);
        let blocked = all_or_nothing && !incoming.rejections.is_empty();
        let (mut inserted, mut replayed) = (0, false);
        if !blocked {
            let done = self
                .store
                .insert(Insert {
                    table,
                    rows: &incoming.rows,
                    all_or_nothing,
                    idempotency: idempotency.as_ref(),
                })
                .await?;
            replayed = done.replayed;
            if !all_or_nothing || done.refused.is_empty() {
                inserted = incoming.rows.len() - done.refused.len();
            }
            for (row, column, reason) in done.refused {
                let rejection = rejection(table, &incoming, row, column, reason);
                incoming.rejections.push(rejection);
            }
        }
        incoming.rejections.sort_by_key(|rejection| rejection.row);
        // Without what the rows hold: they are about people.
        let rejected = incoming.rejections.len();
        info!(table = %table.name(), rows = inserted, rejected, replayed, "rows inserted");
        for rejection in &incoming.rejections {
            for fault in &rejection.faults {
                warn!(
                    table = %table.name(),
                    row = rejection.row,
                    column = fault.column.as_deref().unwrap_or("-"),
                    reason = fault.reason.code(),
                    "row rejected"
                );
            }
        }
        Ok(Ingested {
            inserted,
            rejections: incoming.rejections,
            replayed,
        })
    }
}

/// Of the rows with one key, the first stays.
fn take_out_doubles(table: &Table, incoming: &mut Incoming) {
    let mut keys = KeySet::new();
    let doubles: Vec<usize> = (0..incoming.rows.len())
        .filter(|row| !keys.insert(incoming.rows.integer(*row, table.key())))
        .collect();
    if doubles.is_empty() {
        return;
    }
    for row in &doubles {
        let reason = Reason::DuplicateInInput;
        let rejection = rejection(table, incoming, *row, table.key(), reason);
        incoming.rejections.push(rejection);
    }
    let is_double = |row: &usize| doubles.binary_search(row).is_ok();
    incoming.rows.retain(|_, row| !is_double(&row));
    let mut row = 0;
    incoming.places.retain(|_| {
        row += 1;
        !is_double(&(row - 1))
    });
}

fn rejection(
    table: &Table,
    incoming: &Incoming,
    row: usize,
    column: usize,
    reason: Reason,
) -> Rejection {
    let name = table.fields()[column].name.as_str();
    let value = incoming.rows.integer(row, column).to_string();
    Rejection {
        row: u64::from(incoming.places[row]),
        faults: vec![Fault::of_cell(name, &value, reason)],
        original: String::new(),
    }
}
