//! A warehouse in MySQL or MariaDB.
//!
//! Before a table is written to, its row in `warehouse_locks` is locked until the transaction ends.

mod insert;
mod load;

use std::time::Duration;

use async_trait::async_trait;
use sqlx::mysql::{MySql, MySqlConnectOptions, MySqlConnection, MySqlPool, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Row as _, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::keys::KeySet;
use warehouse_domain::report::HiringFacts;
use warehouse_ports::{Insert, Inserted, Load, LoadMode, LoadRecord, Rows, Store, StoreError};

use super::failure::{migration_error, store_error};
use super::schema::{self, Column};
use super::sql::Dialect;
use super::{outcome, read};

const SQL: Dialect = Dialect::Mysql;

/// Connections, and how long a call waits for one.
const CONNECTIONS: u32 = 16;
const PATIENCE: Duration = Duration::from_secs(60);

/// Rows of a whole table that are read at once.
const PAGE: u32 = 10_000;

/// All that a transaction reads is of one moment, and an insertion sees what others have committed.
const SNAPSHOT: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

#[derive(Clone)]
pub(super) struct MysqlStore {
    dictionary: Dictionary,
    name: String,
    pool: MySqlPool,
}

impl MysqlStore {
    pub(super) fn new(options: MySqlConnectOptions, dictionary: Dictionary) -> Self {
        let name = format!(
            "the MySQL database {} at {}:{}",
            options.get_database().unwrap_or("(none)"),
            options.get_host(),
            options.get_port()
        );
        let pool = MySqlPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.disable_statement_logging());
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
        let mut connection = self.pool.acquire().await?;
        let mut columns = columns(&mut connection, table).await?;
        if columns.is_empty() {
            let create = SQL.create(table, table.name().as_str());
            // Another process may have been faster.
            let create = create.replacen("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1);
            sqlx::query(AssertSqlSafe(create))
                .execute(&mut *connection)
                .await?;
            columns = self::columns(&mut connection, table).await?;
        }
        sqlx::query("INSERT IGNORE INTO warehouse_locks (table_name) VALUES (?)")
            .bind(table.name().as_str())
            .execute(&mut *connection)
            .await?;
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

async fn columns(
    connection: &mut MySqlConnection,
    table: &Table,
) -> Result<Vec<Column>, sqlx::Error> {
    // The words of information_schema are texts of several types.
    let rows = sqlx::query(
        "SELECT CAST(column_name AS CHAR), \
                CAST(CASE WHEN data_type = 'int' THEN 'integer' \
                          WHEN data_type IN ('varchar', 'text', 'mediumtext', 'longtext') \
                          THEN 'text' ELSE data_type END AS CHAR), \
                CAST(character_maximum_length AS SIGNED), is_nullable = 'YES', column_key = 'PRI' \
         FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position",
    )
    .bind(table.name().as_str())
    .fetch_all(connection)
    .await?;
    let columns = rows.iter().map(|row| {
        Ok(Column {
            name: row.try_get(0)?,
            kind: row.try_get(1)?,
            limit: row.try_get(2)?,
            nullable: row.try_get::<i64, _>(3)? != 0,
            key: row.try_get::<i64, _>(4)? != 0,
        })
    });
    columns.collect()
}

async fn page(
    connection: &mut MySqlConnection,
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

async fn keys(connection: &mut MySqlConnection, sql: String) -> Result<KeySet, sqlx::Error> {
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
struct MysqlRows {
    store: MysqlStore,
    transaction: Transaction<'static, MySql>,
    table: Table,
    next: Option<i32>,
}

#[async_trait]
impl Rows for MysqlRows {
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
impl Store for MysqlStore {
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
        let load = load::MysqlLoad::begin(self.clone(), table.clone(), mode).await;
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
        Ok(Box::new(MysqlRows {
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
