//! Inserts many rows with few statements.

use std::sync::Arc;

use pipeline_domain::row::{Row, Value};
use pipeline_domain::source::Source;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Row as _};

use crate::pipeline::table::insert_into;

/// Rows per statement; the largest size that fits is used repeatedly. Few sizes, so that all
/// statements stay prepared; size 1 makes any total possible.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// One statement for each source and size.
pub(crate) struct Inserts([[Arc<str>; SIZES.len()]; 3]);

impl Inserts {
    pub(crate) fn new() -> Self {
        Self(Source::ALL.map(|source| SIZES.map(|size| statement(source, size).into())))
    }

    /// Inserts rows whose ids are new and returns those ids.
    pub(crate) async fn run(
        &self,
        connection: &mut SqliteConnection,
        source: Source,
        mut rows: &[&Row],
    ) -> Result<Vec<i64>, sqlx::Error> {
        let mut inserted = Vec::with_capacity(rows.len());
        for (size, statement) in SIZES.iter().zip(&self.0[source.index()]) {
            while let Some((now, later)) = rows.split_at_checked(*size) {
                rows = later;
                let ids = sqlx::query_with(AssertSqlSafe(statement.clone()), arguments(now)?)
                    .fetch_all(&mut *connection)
                    .await?;
                for id in ids {
                    inserted.push(id.try_get(0)?);
                }
            }
        }
        Ok(inserted)
    }
}

fn statement(source: Source, size: usize) -> String {
    // Anonymous parameters: SQLite looks numbered ones up in a list.
    let row = format!("(?{})", ", ?".repeat(source.features().len()));
    let rows = vec![row; size].join(", ");
    format!(
        "{} VALUES {rows} ON CONFLICT (id) DO NOTHING RETURNING id",
        insert_into(source)
    )
}

fn arguments(rows: &[&Row]) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(rows.iter().map(|row| 1 + row.values().len()).sum(), 0);
    for row in rows {
        arguments.add(row.id()).map_err(sqlx::Error::Encode)?;
        for value in row.values() {
            match value {
                Value::Null => arguments.add(None::<i64>),
                Value::Integer(whole) => arguments.add(*whole),
                Value::Real(real) => arguments.add(*real),
            }
            .map_err(sqlx::Error::Encode)?;
        }
    }
    Ok(arguments)
}
