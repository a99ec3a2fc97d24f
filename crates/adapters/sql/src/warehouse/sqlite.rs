//! A warehouse in a SQLite file.

mod insert;
mod load;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Row as _, Sqlite, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::keys::KeySet;
use warehouse_domain::report::HiringFacts;
use warehouse_ports::{Insert, Inserted, Load, LoadMode, LoadRecord, Rows, Store, StoreError};

use super::failure::{migration_error, store_error};
use super::schema::{self, Column};
use super::sql::Dialect;
use super::{outcome, read};

const SQL: Dialect = Dialect::Sqlite;

/// How long a call waits for who writes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connections that read; they never wait for the one that writes.
const READERS: u32 = 4;

/// Rows of a whole table that are read at once.
const PAGE: u32 = 5_000;

#[derive(Clone)]
pub(super) struct SqliteStore {
    dictionary: Dictionary,
    name: String,
    /// One connection: SQLite lets one write, and who waits here need not ask again and again.
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    pub(super) fn new(file: &Path, dictionary: Dictionary) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .pragma("cache_size", "-16384")
            .disable_statement_logging();
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
                .connect_lazy_with(options.clone())
        };
        Self {
            dictionary,
            name: format!("the SQLite database {}", file.display()),
            writer: pool(1),
            readers: pool(READERS),
        }
    }

    fn failure(&self, error: &sqlx::Error) -> StoreError {
        store_error(error, &self.name)
    }

    /// A transaction that may write from its start: one that has read first could no longer.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    async fn create(&self, table: &Table) -> Result<Vec<Column>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let mut columns = columns(&mut transaction, table).await?;
        if columns.is_empty() {
            let create = AssertSqlSafe(SQL.create(table, table.name().as_str()));
            sqlx::query(create).execute(&mut *transaction).await?;
            columns = self::columns(&mut transaction, table).await?;
        }
        transaction.commit().await?;
        Ok(columns)
    }

    async fn facts(&self, year: u16) -> Result<HiringFacts, sqlx::Error> {
        let mut transaction = self.readers.begin().await?;
        let [from, to] = read::bounds(year);
        let departments = sqlx::query("SELECT department_id, department_name FROM departments")
            .fetch_all(&mut *transaction)
            .await?;
        let jobs = sqlx::query("SELECT job_id, job_name FROM jobs")
            .fetch_all(&mut *transaction)
            .await?;
        let hires = sqlx::query(AssertSqlSafe(SQL.hires()))
            .bind(from)
            .bind(to)
            .fetch_all(&mut *transaction)
            .await?;
        Ok(HiringFacts {
            departments: read::names(&departments)?,
            jobs: read::names(&jobs)?,
            hires: read::hires(&hires)?,
        })
    }
}

async fn columns(
    connection: &mut SqliteConnection,
    table: &Table,
) -> Result<Vec<Column>, sqlx::Error> {
    let rows =
        sqlx::query("SELECT name, lower(type), \"notnull\" = 0, pk != 0 FROM pragma_table_info(?)")
            .bind(table.name().as_str())
            .fetch_all(connection)
            .await?;
    let columns = rows.iter().map(|row| {
        Ok(Column {
            name: row.try_get(0)?,
            kind: row.try_get(1)?,
            limit: None,
            nullable: row.try_get(2)?,
            key: row.try_get(3)?,
        })
    });
    columns.collect()
}

async fn page(
    connection: &mut SqliteConnection,
    table: &Table,
    from: i32,
    limit: u32,
) -> Result<RowBatch, sqlx::Error> {
    let rows = sqlx::query(AssertSqlSafe(SQL.page(table)))
        .bind(from)
        .bind(limit)
        .fetch_all(connection)
        .await?;
    read::batch(table, &rows)
}

async fn keys(connection: &mut SqliteConnection, sql: String) -> Result<KeySet, sqlx::Error> {
    use futures::TryStreamExt;
    let sql = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    let mut rows = sql.fetch(connection);
    let mut keys = KeySet::new();
    while let Some(row) = rows.try_next().await? {
        keys.insert(row.try_get(0)?);
    }
    Ok(keys)
}

/// All rows, page by page within one transaction.
struct SqliteRows {
    store: SqliteStore,
    transaction: Transaction<'static, Sqlite>,
    table: Table,
    next: Option<i32>,
}

#[async_trait]
impl Rows for SqliteRows {
    async fn next(&mut self) -> Result<Option<RowBatch>, StoreError> {
        let Some(from) = self.next else {
            return Ok(None);
        };
        let rows = page(&mut self.transaction, &self.table, from, PAGE)
            .await
            .map_err(|error| self.store.failure(&error))?;
        let Some(last) = rows.len().checked_sub(1) else {
            self.next = None;
            return Ok(None);
        };
        self.next = rows.integer(last, self.table.key()).checked_add(1);
        Ok(Some(rows))
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn prepare(&self) -> Result<(), StoreError> {
        SQL.migrator()
            .run(&self.writer)
            .await
            .map_err(|error| migration_error(&error, &self.name))?;
        for table in self.dictionary.tables() {
            let columns = self.create(table).await.map_err(|it| self.failure(&it))?;
            schema::check(table, &columns, &self.name)?;
        }
        Ok(())
    }

    async fn load(&self, table: &Table, mode: LoadMode) -> Result<Box<dyn Load>, StoreError> {
        let load = load::SqliteLoad::begin(self.clone(), table.clone(), mode).await;
        Ok(Box::new(load.map_err(|error| self.failure(&error))?))
    }

    async fn loads(&self, table: &Table) -> Result<Vec<LoadRecord>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(SQL.loads()))
            .bind(table.name().as_str())
            .fetch_all(&self.readers)
            .await;
        rows.and_then(|rows| read::loads(&rows))
            .map_err(|error| self.failure(&error))
    }

    async fn insert(&self, insert: Insert<'_>) -> Result<Inserted, StoreError> {
        insert::run(self, insert).await
    }

    async fn page(&self, table: &Table, from: i32, limit: u32) -> Result<RowBatch, StoreError> {
        let connection = self.readers.acquire().await;
        let rows = match connection {
            Ok(mut connection) => page(&mut connection, table, from, limit).await,
            Err(error) => Err(error),
        };
        rows.map_err(|error| self.failure(&error))
    }

    async fn count(&self, table: &Table) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar::<_, i64>(AssertSqlSafe(SQL.count(table)));
        let count = count.fetch_one(&self.readers).await;
        count
            .map(i64::cast_unsigned)
            .map_err(|error| self.failure(&error))
    }

    async fn rows(&self, table: &Table) -> Result<Box<dyn Rows>, StoreError> {
        let transaction = self.readers.begin().await;
        Ok(Box::new(SqliteRows {
            transaction: transaction.map_err(|error| self.failure(&error))?,
            store: self.clone(),
            table: table.clone(),
            next: Some(i32::MIN),
        }))
    }

    async fn hiring(&self, year: u16) -> Result<HiringFacts, StoreError> {
        self.facts(year).await.map_err(|error| self.failure(&error))
    }
}
