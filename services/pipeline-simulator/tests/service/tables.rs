//! The tables, read by a client of the test's own.

use std::path::Path;

use pipeline_domain::row::{Row, Value};
use pipeline_domain::source::{Kind, Source, feature_name};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row as _, SqliteConnection};

/// All rows of a source's table, by id.
pub(crate) async fn sqlite(file: &Path, source: Source) -> Vec<Row> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut client = SqliteConnection::connect_with(&options).await.unwrap();
    let found = sqlx::query(AssertSqlSafe(select(source)))
        .fetch_all(&mut client)
        .await
        .unwrap();
    let row = |it: &sqlx::sqlite::SqliteRow| {
        row(source, |at| it.get(at), |at| it.get(at), |at| it.get(at))
    };
    found.iter().map(row).collect()
}

/// The same of a PostgreSQL database.
#[cfg(feature = "live")]
pub(crate) async fn postgres(url: &str, source: Source) -> Vec<Row> {
    let mut client = sqlx::PgConnection::connect(url).await.unwrap();
    let found = sqlx::query(AssertSqlSafe(select(source)))
        .fetch_all(&mut client)
        .await
        .unwrap();
    let row =
        |it: &sqlx::postgres::PgRow| row(source, |at| it.get(at), |at| it.get(at), |at| it.get(at));
    found.iter().map(row).collect()
}

fn select(source: Source) -> String {
    let features = (0..source.features().len()).map(feature_name);
    let features = features.collect::<Vec<_>>().join(", ");
    format!("SELECT id, {features} FROM {} ORDER BY id", source.table())
}

fn row(
    source: Source,
    id: impl Fn(usize) -> i64,
    whole: impl Fn(usize) -> Option<i64>,
    real: impl Fn(usize) -> Option<f64>,
) -> Row {
    let kinds = source.features().iter().zip(1..);
    let values = kinds.map(|(kind, at)| match kind {
        Kind::Integer => whole(at).map_or(Value::Null, Value::Integer),
        Kind::Real => real(at).map_or(Value::Null, Value::Real),
    });
    Row::new(source, id(0), &values.collect::<Vec<_>>()).unwrap()
}
