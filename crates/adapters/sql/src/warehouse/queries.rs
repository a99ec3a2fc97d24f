//! The queries on the tables, written once for every database that sqlx supports.

use std::ops::Range;
use std::sync::Arc;

use futures::TryStreamExt;
use sqlx::database::HasStatementCache;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::{
    Arguments, AssertSqlSafe, ColumnIndex, Database, Decode, Encode, Executor, IntoArguments, Row,
    Type,
};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::keys::KeySet;

/// A bound parameter of a statement.
pub(super) enum Bind {
    Text(String),
    Number(i64),
}

impl From<&str> for Bind {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Bind {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// Statements and their results. The trait bounds that sqlx requires are here and nowhere else.
pub(super) trait Queries: Database {
    /// Creates the tables that are not in the dictionary.
    fn migrate(
        connection: &mut Self::Connection,
        migrator: Migrator,
    ) -> impl Future<Output = Result<(), MigrateError>> + Send;

    /// Executes a statement.
    fn execute(
        connection: &mut Self::Connection,
        sql: String,
        binds: Vec<Bind>,
    ) -> impl Future<Output = Result<Self::QueryResult, sqlx::Error>> + Send;

    /// The rows that a statement returns.
    fn fetch(
        connection: &mut Self::Connection,
        sql: String,
        binds: Vec<Bind>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;

    /// The integers returned by a statement, which is not kept prepared.
    fn keys(
        connection: &mut Self::Connection,
        sql: String,
    ) -> impl Future<Output = Result<KeySet, sqlx::Error>> + Send;

    /// Executes a statement with the values of some rows bound in order. If it is `kept`, the
    /// prepared statement is cached.
    fn insert(
        connection: &mut Self::Connection,
        sql: Arc<str>,
        kept: bool,
        rows: &RowBatch,
        range: Range<usize>,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    fn integer(row: &Self::Row, at: usize) -> Result<Option<i32>, sqlx::Error>;
    fn number(row: &Self::Row, at: usize) -> Result<Option<i64>, sqlx::Error>;
    fn text(row: &Self::Row, at: usize) -> Result<Option<&str>, sqlx::Error>;
}

impl<DB: Database + HasStatementCache> Queries for DB
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Connection: Migrate,
    DB::Arguments: IntoArguments<DB>,
    usize: ColumnIndex<DB::Row>,
    i32: for<'v> Encode<'v, DB> + for<'v> Decode<'v, DB> + Type<DB>,
    i64: for<'v> Encode<'v, DB> + for<'v> Decode<'v, DB> + Type<DB>,
    Option<i32>: for<'v> Encode<'v, DB>,
    String: for<'v> Encode<'v, DB> + Type<DB>,
    Arc<str>: for<'v> Encode<'v, DB> + Type<DB>,
    for<'v> &'v str: Decode<'v, DB> + Type<DB>,
{
    async fn migrate(
        connection: &mut Self::Connection,
        migrator: Migrator,
    ) -> Result<(), MigrateError> {
        migrator.run_direct(None, connection, false).await
    }

    async fn execute(
        connection: &mut Self::Connection,
        sql: String,
        binds: Vec<Bind>,
    ) -> Result<Self::QueryResult, sqlx::Error> {
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments::<DB>(binds)?);
        query.execute(connection).await
    }

    async fn fetch(
        connection: &mut Self::Connection,
        sql: String,
        binds: Vec<Bind>,
    ) -> Result<Vec<Self::Row>, sqlx::Error> {
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments::<DB>(binds)?);
        query.fetch_all(connection).await
    }

    async fn keys(connection: &mut Self::Connection, sql: String) -> Result<KeySet, sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        let mut rows = query.fetch(connection);
        let mut keys = KeySet::new();
        while let Some(row) = rows.try_next().await? {
            keys.insert(row.try_get(0)?);
        }
        Ok(keys)
    }

    async fn insert(
        connection: &mut Self::Connection,
        sql: Arc<str>,
        kept: bool,
        rows: &RowBatch,
        range: Range<usize>,
    ) -> Result<(), sqlx::Error> {
        let mut arguments = DB::Arguments::default();
        for value in range.flat_map(|row| rows.row(row)) {
            match value {
                Value::Null => arguments.add(None::<i32>),
                Value::Integer(number) => arguments.add(number),
                Value::Text(text) => arguments.add(Arc::<str>::from(text)),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(kept);
        query.execute(connection).await?;
        Ok(())
    }

    fn integer(row: &Self::Row, at: usize) -> Result<Option<i32>, sqlx::Error> {
        row.try_get(at)
    }

    fn number(row: &Self::Row, at: usize) -> Result<Option<i64>, sqlx::Error> {
        row.try_get(at)
    }

    fn text(row: &Self::Row, at: usize) -> Result<Option<&str>, sqlx::Error> {
        row.try_get(at)
    }
}

fn arguments<DB: Database>(binds: Vec<Bind>) -> Result<DB::Arguments, sqlx::Error>
where
    i64: for<'v> Encode<'v, DB> + Type<DB>,
    String: for<'v> Encode<'v, DB> + Type<DB>,
{
    let mut arguments = DB::Arguments::default();
    for bind in binds {
        match bind {
            Bind::Text(text) => arguments.add(text),
            Bind::Number(number) => arguments.add(number),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
