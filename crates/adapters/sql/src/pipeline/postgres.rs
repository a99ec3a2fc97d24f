//! Tables in a PostgreSQL database.

mod error;
mod statement;

use std::time::Duration;

use pipeline_domain::landing::{Journal, Journals, Landing};
use pipeline_domain::log::Partition;
use pipeline_domain::row::Row;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::PortError;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row as _};

use crate::connection::{ConnectionGuard, ConnectionSlot};
use crate::pipeline::batch::{Insertions, RowBatch};
use crate::pipeline::refusal::{Attempt, InsertRows, insert_accepted};
use crate::pipeline::table::{self, ExistingTable, Table, Types};
use error::{PostgresError, row_refusal};
use statement::Inserts;

const TYPES: Types = Types {
    integer: "bigint",
    real: "double precision",
    text: "text",
    bytes: "bytea",
};

/// Time-out for connecting.
const CONNECT: Duration = Duration::from_secs(10);

/// Time-out for a batch or for creating tables. Detects a server that has vanished silently.
const WORK: Duration = Duration::from_secs(30);

/// Time-out for counting, where PostgreSQL reads the whole table.
const COUNT: Duration = Duration::from_secs(600);

/// The advisory lock that makes landers write one after the other: "landing" in ASCII.
const LANDING_LOCK: i64 = 0x6c_616e_6469_6e67;

/// A PostgreSQL database.
pub(crate) struct Postgres {
    /// For messages.
    name: String,
    connection: ConnectionSlot<PgConnection>,
    inserts: Inserts,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Postgres").field(&self.name).finish()
    }
}

impl Postgres {
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        let user = options.get_username();
        let name = format!(
            "{} at {}:{}, user {user}",
            options.get_database().unwrap_or(user),
            options.get_host(),
            options.get_port(),
        );
        let options = options
            .application_name("pipeline-simulator")
            // Releases the lock if this process vanishes silently.
            .options([
                ("idle_in_transaction_session_timeout", "30s"),
                ("tcp_keepalives_idle", "30"),
            ])
            .disable_statement_logging();
        Self {
            name,
            connection: ConnectionSlot::new(options),
            inserts: Inserts::new(),
        }
    }

    pub(crate) async fn prepare(&self) -> Result<(), PortError> {
        let mismatch = self.within(WORK, self.create_tables()).await?;
        match mismatch {
            None => Ok(()),
            Some(mismatch) => Err(table::refusal(
                format_args!("the PostgreSQL database {}", self.name),
                &mismatch,
            )),
        }
    }

    pub(crate) async fn land(
        &self,
        batch: &RowBatch<'_>,
        names: &Names,
    ) -> Result<Vec<Landing>, PortError> {
        self.within(WORK, self.insert(batch, names)).await
    }

    pub(crate) async fn rows(&self) -> Result<[u64; 3], PortError> {
        self.within(COUNT, self.count()).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, PostgresError>>,
    ) -> Result<T, PortError> {
        let done = match tokio::time::timeout(limit, work).await {
            Ok(done) => done,
            Err(_) => Err(PostgresError::Timeout(limit)),
        };
        done.map_err(|error| error.into_port_error(&self.name))
    }

    async fn connection(&self) -> Result<ConnectionGuard<'_, PgConnection>, PostgresError> {
        match tokio::time::timeout(CONNECT, self.connection.acquire()).await {
            Ok(guard) => Ok(guard?),
            Err(_) => Err(PostgresError::Timeout(CONNECT)),
        }
    }

    /// Creates missing tables; returns what is wrong with an existing one that does not match.
    async fn create_tables(&self) -> Result<Option<String>, PostgresError> {
        let mut guard = self.connection().await?;
        let mut transaction = guard.connection.begin().await?;
        lock_landing(&mut transaction).await?;
        for table in Table::all(&TYPES) {
            let found = columns(&mut transaction, table.name).await?;
            if found.is_empty() {
                let create = AssertSqlSafe(table.create());
                sqlx::query(create).execute(&mut *transaction).await?;
            } else if let Some(mismatch) = table.mismatch(&found) {
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
    ) -> Result<Vec<Landing>, PostgresError> {
        match self.insert_once(batch, names, false).await {
            Err(PostgresError::Sql(error)) if row_refusal(&error).is_some() => {
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
    ) -> Result<Vec<Landing>, PostgresError> {
        let mut guard = self.connection().await?;
        let mut transaction = guard.connection.begin().await?;
        lock_landing(&mut transaction).await?;
        let before = journals(&mut transaction, names).await?;
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
        save_journals(&mut transaction, names, &after).await?;
        transaction.commit().await?;
        guard.release();
        Ok(landings)
    }

    async fn count(&self) -> Result<[u64; 3], PostgresError> {
        let mut guard = self.connection().await?;
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
}

/// Inserts within a transaction, each time under a savepoint.
struct Savepoints<'a> {
    connection: &'a mut PgConnection,
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

/// Waits for other landers; held until the transaction ends. An advisory lock, because a row lock
/// requires an existing row.
async fn lock_landing(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LANDING_LOCK)
        .execute(connection)
        .await?;
    Ok(())
}

async fn columns(
    connection: &mut PgConnection,
    table: &str,
) -> Result<Vec<ExistingTable>, sqlx::Error> {
    let columns = sqlx::query(
        "SELECT a.attname::text, format_type(a.atttypid, NULL), a.attnotnull, \
                coalesce(a.attnum = ANY(i.indkey), false) \
         FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
         WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped",
    )
    .bind(table)
    .fetch_all(connection)
    .await?;
    let found = columns.iter().map(|column| {
        Ok(ExistingTable {
            name: column.try_get(0)?,
            kind: column.try_get(1)?,
            is_required: column.try_get(2)?,
            is_key: column.try_get(3)?,
        })
    });
    found.collect()
}

async fn journals(connection: &mut PgConnection, names: &Names) -> Result<Journals, sqlx::Error> {
    let topics = names.topics();
    let rows = sqlx::query(
        "SELECT topic, partition_number, base_offset, created, landed FROM landing_journal \
         WHERE topic = ANY($1)",
    )
    .bind(&topics[..])
    .fetch_all(connection)
    .await?;
    let mut journals = Journals::new();
    for row in rows {
        let topic: String = row.try_get(0)?;
        let number: i64 = row.try_get(1)?;
        let source = Source::ALL.into_iter().find(|it| names.topic(*it) == topic);
        let (Some(source), Ok(number)) = (source, i32::try_from(number)) else {
            continue;
        };
        let journal = Journal {
            base: row.try_get(2)?,
            created: row.try_get(3)?,
            landed: row.try_get(4)?,
        };
        journals.insert(Partition { source, number }, journal);
    }
    Ok(journals)
}

async fn save_journals(
    connection: &mut PgConnection,
    names: &Names,
    journals: &Journals,
) -> Result<(), sqlx::Error> {
    let topics: Vec<String> = journals.keys().map(|it| names.topic(it.source)).collect();
    let numbers: Vec<i64> = journals.keys().map(|it| i64::from(it.number)).collect();
    let bases: Vec<i64> = journals.values().map(|it| it.base).collect();
    let created: Vec<i64> = journals.values().map(|it| it.created).collect();
    let landed: Vec<&[u8]> = journals.values().map(|it| it.landed.as_slice()).collect();
    sqlx::query(
        "INSERT INTO landing_journal (topic, partition_number, base_offset, created, landed) \
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) \
         ON CONFLICT (topic, partition_number) DO UPDATE SET base_offset = excluded.base_offset, \
         created = excluded.created, landed = excluded.landed",
    )
    .bind(topics)
    .bind(numbers)
    .bind(bases)
    .bind(created)
    .bind(landed)
    .execute(connection)
    .await?;
    Ok(())
}
