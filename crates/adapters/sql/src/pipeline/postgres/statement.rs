//! Inserts many rows with one statement.

use std::sync::Arc;

use pipeline_domain::row::{Row, Value};
use pipeline_domain::source::{Kind, Source};
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{Arguments, AssertSqlSafe, Row as _};

use super::TYPES;
use crate::pipeline::table::insert_into;

/// One statement per source, with an array per column, so that it takes any number of rows.
pub(crate) struct Inserts([Arc<str>; 3]);

impl Inserts {
    pub(crate) fn new() -> Self {
        Self(Source::ALL.map(|source| statement(source).into()))
    }

    /// Inserts rows whose ids are new and returns those ids.
    pub(crate) async fn run(
        &self,
        connection: &mut PgConnection,
        source: Source,
        rows: &[&Row],
    ) -> Result<Vec<i64>, sqlx::Error> {
        let statement = AssertSqlSafe(self.0[source.index()].clone());
        let ids = sqlx::query_with(statement, arguments(source, rows)?)
            .fetch_all(connection)
            .await?;
        ids.iter().map(|id| id.try_get(0)).collect()
    }
}

fn statement(source: Source) -> String {
    let arrays = source.features().iter().zip(2..).map(|(kind, number)| {
        let kind = match kind {
            Kind::Integer => TYPES.integer,
            Kind::Real => TYPES.real,
        };
        format!(", ${number}::{kind}[]")
    });
    format!(
        "{} SELECT * FROM UNNEST($1::bigint[]{}) ON CONFLICT (id) DO NOTHING RETURNING id",
        insert_into(source),
        arrays.collect::<String>()
    )
}

fn arguments(source: Source, rows: &[&Row]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    let ids: Vec<i64> = rows.iter().map(|row| row.id()).collect();
    arguments.add(ids).map_err(sqlx::Error::Encode)?;
    for (index, kind) in source.features().iter().enumerate() {
        let values = rows.iter().map(|row| row.values()[index]);
        match kind {
            Kind::Integer => arguments.add(values.map(whole).collect::<Vec<_>>()),
            Kind::Real => arguments.add(values.map(real).collect::<Vec<_>>()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

// A row holds only values of its columns' kinds.

fn whole(value: Value) -> Option<i64> {
    match value {
        Value::Integer(whole) => Some(whole),
        Value::Null | Value::Real(_) => None,
    }
}

fn real(value: Value) -> Option<f64> {
    match value {
        Value::Real(real) => Some(real),
        Value::Null | Value::Integer(_) => None,
    }
}
