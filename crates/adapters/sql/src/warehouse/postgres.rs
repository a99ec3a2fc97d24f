//! A warehouse in PostgreSQL.

mod copy;
mod insert;
mod load;

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Postgres, Row as _, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::report::HiringFacts;
use warehouse_ports::{Insert, Inserted, Load, LoadMode, LoadRecord, Rows, Store, StoreError};

use super::failure::{migration_error, store_error};
use super::schema::{self, Column};
use super::sql::Dialect;
use super::{outcome, read};

const SQL: Dialect = Dialect::Postgres;

/// Connections, and how long a call waits for one.
const CONNECTIONS: u32 = 16;
const PATIENCE: Duration = Duration::from_secs(60);

/// Rows of a whole table that are read at once.
const PAGE: u32 = 10_000;

/// Processes that start together create tables one after the other. Any number would do.
const TURN: i64 = 0x7761_7265_686f_7573;

/// All that a transaction reads is of one moment.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

#[derive(Clone)]
pub(super) struct PostgresStore {
    dictionary: Dictionary,
    name: String,
    pool: PgPool,
}

impl PostgresStore {
    pub(super) fn new(options: PgConnectOptions, dictionary: Dictionary) -> Self {
        let (database, host) = (
            options.get_database().unwrap_or("default"),
            options.get_host(),
        );
        let name = format!(
            "the PostgreSQL database {database} at {host}:{}",
            options.get_port()
        );
        let options = options
            .application_name("data-warehouse")
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options);
        Self {
            dictionary,
            name,
            pool,
        }
    }

    fn failure(&self, error: &sqlx::Error) -> StoreError {
        store_error(error, &self.name)
    }

    async fn create(&self, table: &Table) -> Result<Vec<Column>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(TURN)
            .execute(&mut *transaction)
            .await?;
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
        let mut transaction = self.pool.begin_with(SNAPSHOT).await?;
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

async fn columns(connection: &mut PgConnection, table: &Table) -> Result<Vec<Column>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT a.attname::text, format_type(a.atttypid, NULL), NOT a.attnotnull, \
                coalesce(a.attnum = ANY(i.indkey), false) \
         FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
         WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped \
         ORDER BY a.attnum",
    )
    .bind(SQL.quote(table.name().as_str()))
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
    connection: &mut PgConnection,
    table: &Table,
    from: i32,
    limit: u32,
) -> Result<RowBatch, sqlx::Error> {
    let rows = sqlx::query(AssertSqlSafe(SQL.page(table)))
        .bind(from)
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    read::batch(table, &rows)
}

/// All rows, page by page within one transaction.
struct PostgresRows {
    store: PostgresStore,
    transaction: Transaction<'static, Postgres>,
    table: Table,
    next: Option<i32>,
}

#[async_trait]
impl Rows for PostgresRows {
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
impl Store for PostgresStore {
    async fn prepare(&self) -> Result<(), StoreError> {
        SQL.migrator()
            .run(&self.pool)
            .await
            .map_err(|error| migration_error(&error, &self.name))?;
        for table in self.dictionary.tables() {
            let columns = self.create(table).await.map_err(|it| self.failure(&it))?;
            schema::check(table, &columns, &self.name)?;
        }
        Ok(())
    }

    async fn load(&self, table: &Table, mode: LoadMode) -> Result<Box<dyn Load>, StoreError> {
        let load = load::PostgresLoad::begin(self.clone(), table.clone(), mode).await;
        Ok(Box::new(load.map_err(|error| self.failure(&error))?))
    }

    async fn loads(&self, table: &Table) -> Result<Vec<LoadRecord>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(SQL.loads()))
            .bind(table.name().as_str())
            .fetch_all(&self.pool)
            .await;
        rows.and_then(|rows| read::loads(&rows))
            .map_err(|error| self.failure(&error))
    }

    async fn insert(&self, insert: Insert<'_>) -> Result<Inserted, StoreError> {
        insert::run(self, insert).await
    }

    async fn page(&self, table: &Table, from: i32, limit: u32) -> Result<RowBatch, StoreError> {
        let connection = self.pool.acquire().await;
        let rows = match connection {
            Ok(mut connection) => page(&mut connection, table, from, limit).await,
            Err(error) => Err(error),
        };
        rows.map_err(|error| self.failure(&error))
    }

    async fn count(&self, table: &Table) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar::<_, i64>(AssertSqlSafe(SQL.count(table)));
        let count = count.fetch_one(&self.pool).await;
        count
            .map(i64::cast_unsigned)
            .map_err(|error| self.failure(&error))
    }

    async fn rows(&self, table: &Table) -> Result<Box<dyn Rows>, StoreError> {
        let transaction = self.pool.begin_with(SNAPSHOT).await;
        Ok(Box::new(PostgresRows {
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
