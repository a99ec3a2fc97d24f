//! Tables in a SQLite file.

mod error;
mod statement;

use std::path::PathBuf;
use std::time::Duration;

use pipeline_domain::landing::{Journal, Journals, Landing};
use pipeline_domain::log::Partition;
use pipeline_domain::row::Row;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::PortError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row as _};

use crate::connection::ConnectionSlot;
use crate::pipeline::batch::{Insertions, RowBatch};
use crate::pipeline::refusal::{Attempt, InsertRows, insert_accepted};
use crate::pipeline::table::{self, ExistingTable, Table, Types};
use error::{SqliteError, row_refusal};
use statement::Inserts;

const TYPES: Types = Types {
    integer: "INTEGER",
    real: "REAL",
    text: "TEXT",
    bytes: "BLOB",
};

/// How long to wait for another process's write before a call gives up.
const BUSY: Duration = Duration::from_secs(10);

/// SQLite's page cache, in KiB.
const CACHE_KIB: u32 = 16 * 1024;

/// A SQLite file, created if it is missing.
pub(crate) struct Sqlite {
    file: PathBuf,
    connection: ConnectionSlot<SqliteConnection>,
    inserts: Inserts,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sqlite").field(&self.file).finish()
    }
}

impl Sqlite {
    pub(crate) fn new(file: PathBuf) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Offsets are committed after the rows, so the rows must be on disk by then.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .pragma("cache_size", format!("-{CACHE_KIB}"))
            .disable_statement_logging();
        Self {
            file,
            connection: ConnectionSlot::new(options),
            inserts: Inserts::new(),
        }
    }

    pub(crate) async fn prepare(&self) -> Result<(), PortError> {
        self.check_folder()?;
        let mismatch = self
            .create_tables()
            .await
            .map_err(|error| self.explain(error))?;
        match mismatch {
            None => Ok(()),
            Some(mismatch) => Err(table::refusal(
                format_args!("the SQLite database {}", self.file.display()),
                &mismatch,
            )),
        }
    }

    pub(crate) async fn land(
        &self,
        batch: &RowBatch<'_>,
        names: &Names,
    ) -> Result<Vec<Landing>, PortError> {
        let landed = self.insert(batch, names).await;
        landed.map_err(|error| self.explain(error))
    }

    pub(crate) async fn rows(&self) -> Result<[u64; 3], PortError> {
        self.count().await.map_err(|error| self.explain(error))
    }

    fn explain(&self, error: sqlx::Error) -> PortError {
        SqliteError::from(error).into_port_error(&self.file)
    }

    /// Creates missing tables; returns what is wrong with an existing one that does not match.
    async fn create_tables(&self) -> Result<Option<String>, sqlx::Error> {
        let mut guard = self.connection.acquire().await?;
        let mut transaction = guard.connection.begin_with("BEGIN IMMEDIATE").await?;
        for table in Table::all(&TYPES) {
            let columns = sqlx::query(
                "SELECT name, type, \"notnull\" != 0, pk != 0 FROM pragma_table_info(?)",
            )
            .bind(table.name)
            .fetch_all(&mut *transaction)
            .await?;
            if columns.is_empty() {
                let create = AssertSqlSafe(table.create());
                sqlx::query(create).execute(&mut *transaction).await?;
                continue;
            }
            let found = columns.iter().map(|column| {
                Ok(ExistingTable {
                    name: column.try_get(0)?,
                    kind: kind_of(column.try_get(1)?),
                    is_required: column.try_get(2)?,
                    is_key: column.try_get(3)?,
                })
            });
            let found: Vec<ExistingTable> = found.collect::<Result<_, sqlx::Error>>()?;
            if let Some(mismatch) = table.mismatch(&found) {
                return Ok(Some(format!("{}: {mismatch}", table.name)));
            }
        }
        transaction.commit().await?;
        guard.release();
        Ok(None)
    }

    /// Inserts the whole batch; if a row is refused, repeats it without such rows.
    async fn insert(
        &self,
        batch: &RowBatch<'_>,
        names: &Names,
    ) -> Result<Vec<Landing>, sqlx::Error> {
        match self.insert_once(batch, names, false).await {
            Err(error) if row_refusal(&error).is_some() => {
                self.insert_once(batch, names, true).await
            }
            done => done,
        }
    }

    async fn insert_once(
        &self,
        batch: &RowBatch<'_>,
        names: &Names,
        has_refused_rows: bool,
    ) -> Result<Vec<Landing>, sqlx::Error> {
        let mut guard = self.connection.acquire().await?;
        // A deferred transaction that has read cannot start writing once another one has written.
        let mut transaction = guard.connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut before = Journals::new();
        for source in batch.sources() {
            let topic = names.topic(source);
            journals(&mut transaction, source, &topic, &mut before).await?;
        }
        let insertions = if has_refused_rows {
            let mut tables = Savepoints {
                connection: &mut transaction,
                inserts: &self.inserts,
            };
            insert_accepted(&mut tables, batch).await?
        } else {
            let mut insertions = Insertions::default();
            for source in batch.sources() {
                let rows = batch.rows(batch.firsts(source));
                insertions.inserted[source.index()] =
                    self.inserts.run(&mut transaction, source, &rows).await?;
            }
            insertions
        };
        let (landings, after) = batch.settle(insertions, &before);
        for (partition, journal) in &after {
            let topic = names.topic(partition.source);
            save_journal(&mut transaction, &topic, partition.number, journal).await?;
        }
        transaction.commit().await?;
        guard.release();
        Ok(landings)
    }

    async fn count(&self) -> Result<[u64; 3], sqlx::Error> {
        let mut guard = self.connection.acquire().await?;
        let mut rows = [0; 3];
        for source in Source::ALL {
            let count = AssertSqlSafe(format!("SELECT count(*) FROM {}", source.table()));
            let count: i64 = sqlx::query_scalar(count)
                .fetch_one(&mut guard.connection)
                .await?;
            rows[source.index()] = count.cast_unsigned();
        }
        guard.release();
        Ok(rows)
    }

    fn check_folder(&self) -> Result<(), PortError> {
        let folder = self.file.parent().filter(|it| !it.as_os_str().is_empty());
        match folder {
            Some(folder) if !folder.is_dir() => Err(PortError::refused(format!(
                "the folder {} of the SQLite database {} does not exist; create it, or name another \
                 file",
                folder.display(),
                self.file.display()
            ))),
            _ => Ok(()),
        }
    }
}

/// Inserts within a transaction, each time under a savepoint.
struct Savepoints<'a> {
    connection: &'a mut SqliteConnection,
    inserts: &'a Inserts,
}

impl InsertRows for Savepoints<'_> {
    async fn insert(&mut self, source: Source, rows: &[&Row]) -> Result<Attempt, sqlx::Error> {
        let mut savepoint = self.connection.begin().await?;
        let inserted = self.inserts.run(&mut savepoint, source, rows).await;
        match inserted.map_err(|error| (row_refusal(&error), error)) {
            Ok(ids) => {
                savepoint.commit().await?;
                Ok(Attempt::Inserted(ids))
            }
            Err((Some(reason), _)) => {
                savepoint.rollback().await?;
                Ok(Attempt::Refused(reason))
            }
            Err((None, error)) => Err(error),
        }
    }
}

/// The type of a column declared as `declared`, whose wording SQLite does not prescribe.
fn kind_of(declared: String) -> String {
    let upper = declared.to_ascii_uppercase();
    let holds = |words: &[&str]| words.iter().any(|word| upper.contains(word));
    if holds(&["INT"]) {
        TYPES.integer.to_owned()
    } else if holds(&["CHAR", "CLOB", "TEXT"]) {
        TYPES.text.to_owned()
    } else if holds(&["BLOB"]) {
        TYPES.bytes.to_owned()
    } else if holds(&["REAL", "FLOA", "DOUB"]) {
        TYPES.real.to_owned()
    } else {
        declared
    }
}

async fn journals(
    connection: &mut SqliteConnection,
    source: Source,
    topic: &str,
    journals: &mut Journals,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query(
        "SELECT partition_number, base_offset, created, landed FROM landing_journal WHERE topic = ?",
    )
    .bind(topic)
    .fetch_all(connection)
    .await?;
    for row in rows {
        let number = row.try_get(0)?;
        let journal = Journal {
            base: row.try_get(1)?,
            created: row.try_get(2)?,
            landed: row.try_get(3)?,
        };
        journals.insert(Partition { source, number }, journal);
    }
    Ok(())
}

async fn save_journal(
    connection: &mut SqliteConnection,
    topic: &str,
    number: i32,
    journal: &Journal,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT OR REPLACE INTO landing_journal \
         (topic, partition_number, base_offset, created, landed) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(topic)
    .bind(number)
    .bind(journal.base)
    .bind(journal.created)
    .bind(journal.landed.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}
