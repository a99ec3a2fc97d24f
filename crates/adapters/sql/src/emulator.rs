//! Reads tables that a pipeline has filled, for the emulator's `verify`.

mod postgres;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::record::FoundColumn;
use emulator_domain::verification::TableRows;
use emulator_ports::{
    DestinationError, DestinationErrorKind, TableColumn, TableError, TableReader, TableSource,
};
use secrecy::SecretString;
use tokio::sync::mpsc;

use self::postgres::PostgresTable;
use self::sqlite::SqliteTable;
use crate::url::{Target, parse};

/// Rows per batch.
const ROWS: usize = 8192;
/// Batches that may wait for the comparison.
const AHEAD: usize = 4;

/// The table `table` (or `schema.table`) of the database at `url`.
///
/// # Errors
/// If the URL names neither a SQLite file nor a PostgreSQL database. The error reveals no password.
pub fn open_table(
    url: &SecretString,
    table: &str,
) -> Result<Arc<dyn TableSource>, DestinationError> {
    let target = parse(url)
        .map_err(|error| DestinationError::new(DestinationErrorKind::Refused, error.message))?;
    Ok(match target {
        Target::Sqlite(path) => Arc::new(SqliteTable::new(path, table)),
        Target::Postgres(options) => Arc::new(PostgresTable::new(*options, table)),
    })
}

/// Rows as they arrive from a task that reads them.
struct Rows {
    place: String,
    present: Vec<bool>,
    rows: mpsc::Receiver<Read>,
}

/// Some rows, or `None` after the last; if the channel closes without it, the table was not read to
/// its end.
type Read = Result<Option<TableRows>, TableError>;

impl Rows {
    /// Starts a task that reads those of the table's columns that are in `names`.
    fn start<F>(
        place: String,
        (table, names): (&str, &[String]),
        columns: &[TableColumn],
        read: impl FnOnce(String, Gathering) -> F,
    ) -> Result<Self, TableError>
    where
        F: Future<Output = sqlx::Result<()>> + Send + 'static,
    {
        let (present, query) = selection(columns, names, table);
        if !present.contains(&true) {
            return Err(not_found(&place));
        }
        let (to, rows) = mpsc::channel(AHEAD);
        let read = read(query, Gathering::new(columns, &present, to.clone())?);
        let name = place.clone();
        tokio::spawn(async move {
            let end = read.await.map_err(|error| unreadable(&name, error));
            // Fails if the receiver has stopped reading.
            let _ = to.send(end.map(|()| None)).await;
        });
        Ok(Self {
            place,
            present,
            rows,
        })
    }
}

#[async_trait]
impl TableReader for Rows {
    fn present(&self) -> Vec<bool> {
        self.present.clone()
    }

    async fn next(&mut self, rows: &mut TableRows) -> Result<bool, TableError> {
        let read = self.rows.recv().await.unwrap_or_else(|| {
            let why = format!("table {} was not read to its end; try again", self.place);
            Err(DestinationError::new(DestinationErrorKind::Interrupted, why).into())
        });
        match read? {
            Some(read) => {
                *rows = read;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

/// Collects values into rows and hands them on in batches.
struct Gathering {
    found: Vec<Option<FoundColumn>>,
    len: usize,
    to: mpsc::Sender<Read>,
}

impl Gathering {
    /// For the `present` columns, in order.
    fn new(
        columns: &[TableColumn],
        present: &[bool],
        to: mpsc::Sender<Read>,
    ) -> Result<Self, TableError> {
        let found = columns.iter().zip(present).map(|(column, there)| {
            if !there {
                return Ok(None);
            }
            let Some(found) = FoundColumn::new(&column.field) else {
                let field = &column.field.name;
                return Err(DestinationError::new(
                    DestinationErrorKind::Refused,
                    format!(
                        "field {field} is nested, and columns of a database are compared only for \
                         plain fields; leave it out with --columns {field}="
                    ),
                ));
            };
            Ok(Some(found))
        });
        Ok(Self {
            found: found.collect::<Result<_, _>>()?,
            len: 0,
            to,
        })
    }

    /// The columns of the next row.
    fn values(&mut self) -> impl Iterator<Item = &mut FoundColumn> {
        self.found.iter_mut().flatten()
    }

    /// Completes a row. Returns whether the receiver wants more.
    async fn end_row(&mut self) -> bool {
        self.len += 1;
        self.len < ROWS || self.hand_on().await
    }

    async fn hand_on(&mut self) -> bool {
        if self.len == 0 {
            return true;
        }
        let columns = self.found.iter_mut().map(|found| {
            let column = found.as_ref()?.column().clone();
            found.as_mut()?.clear();
            Some(column)
        });
        let rows = TableRows {
            columns: columns.collect(),
            len: std::mem::take(&mut self.len),
        };
        self.to.send(Ok(Some(rows))).await.is_ok()
    }
}

/// A quoted identifier; a name with a point includes its schema.
fn quoted(name: &str) -> String {
    let parts = name.split('.').map(quoted_part);
    parts.collect::<Vec<_>>().join(".")
}

fn quoted_part(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Which of the columns are in `names`, and the query for those.
fn selection(columns: &[TableColumn], names: &[String], table: &str) -> (Vec<bool>, String) {
    let present: Vec<_> = columns
        .iter()
        .map(|column| names.contains(&column.name))
        .collect();
    let asked = columns.iter().zip(&present).filter(|(_, there)| **there);
    let asked: Vec<_> = asked.map(|(column, _)| quoted_part(&column.name)).collect();
    let query = format!("SELECT {} FROM {}", asked.join(", "), quoted(table));
    (present, query)
}

fn not_found(place: &str) -> TableError {
    let why = format!(
        "table {place} is not there, or has none of the columns; check its name and its schema"
    );
    DestinationError::new(DestinationErrorKind::NotFound, why).into()
}

/// An error of the database. Its text contains no secret of the URL.
fn unreadable(place: &str, error: sqlx::Error) -> TableError {
    let kind = match &error {
        sqlx::Error::Database(_) => DestinationErrorKind::Refused,
        _ => DestinationErrorKind::Unreachable,
    };
    // Its message includes those of its causes.
    DestinationError::new(kind, format!("cannot read table {place}: {error}")).into()
}
