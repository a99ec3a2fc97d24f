//! A table of SQLite.

use std::path::PathBuf;

use async_trait::async_trait;
use emulator_domain::record::FoundColumn;
use emulator_ports::{TableColumn, TableError, TableReader, TableSource};
use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, TypeInfo, ValueRef};

use super::{Gathering, Rows, unreadable};

pub(super) struct SqliteTable {
    path: PathBuf,
    table: String,
}

impl SqliteTable {
    pub(super) fn new(path: PathBuf, table: &str) -> Self {
        Self {
            path,
            table: table.to_owned(),
        }
    }

    async fn start(&self, columns: &[TableColumn]) -> Result<Rows, TableError> {
        let place = self.name();
        let told = |error| unreadable(&place, error);
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true)
            .disable_statement_logging();
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(told)?;
        let names = sqlx::query_scalar::<_, String>("SELECT name FROM pragma_table_info(?)");
        let names = names.bind(&self.table).fetch_all(&mut connection);
        let names = names.await.map_err(told)?;
        Rows::start(place, (&self.table, &names), columns, |query, gathering| {
            read(connection, query, gathering)
        })
    }
}

#[async_trait]
impl TableSource for SqliteTable {
    fn name(&self) -> String {
        format!("{} of {}", self.table, self.path.display())
    }

    async fn open(&self, columns: &[TableColumn]) -> Result<Box<dyn TableReader>, TableError> {
        Ok(Box::new(self.start(columns).await?))
    }
}

async fn read(
    mut connection: SqliteConnection,
    query: String,
    mut gathering: Gathering,
) -> sqlx::Result<()> {
    let mut rows = sqlx::query(AssertSqlSafe(query)).fetch(&mut connection);
    while let Some(row) = rows.try_next().await? {
        for (position, found) in gathering.values().enumerate() {
            value(&row, position, found)?;
        }
        if !gathering.end_row().await {
            return Ok(());
        }
    }
    gathering.hand_on().await;
    Ok(())
}

/// A value of whatever type it was stored with; the column's type does not determine it.
fn value(row: &SqliteRow, position: usize, found: &mut FoundColumn) -> sqlx::Result<()> {
    let raw = row.try_get_raw(position)?;
    if raw.is_null() {
        found.push_null();
        return Ok(());
    }
    match raw.type_info().name() {
        "INTEGER" => found.push_long(row.try_get_unchecked(position)?),
        "REAL" => found.push_float(row.try_get_unchecked(position)?),
        "BLOB" => found.push_bytes(row.try_get_unchecked(position)?),
        _ => match row.try_get_unchecked::<&str, _>(position) {
            Ok(text) => found.push_text(text),
            Err(_) => found.push_misfit(),
        },
    }
    Ok(())
}
