//! From rows of the database to rows of the domain, and back.

use std::sync::Arc;

use sqlx::{Arguments, ColumnIndex, Database, Decode, Encode, Row, Type};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Kind, Table};
use warehouse_domain::report::HireCount;
use warehouse_ports::LoadRecord;

/// All of them, with the columns of the table in order.
pub(super) fn batch<'r, R>(table: &Table, rows: &'r [R]) -> Result<RowBatch, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    Option<i32>: Decode<'r, R::Database> + Type<R::Database>,
    Option<&'r str>: Decode<'r, R::Database> + Type<R::Database>,
{
    let mut batch = RowBatch::new(table.fields().len());
    for row in rows {
        for (at, field) in table.fields().iter().enumerate() {
            let value = match field.kind {
                Kind::Integer { .. } => row.try_get::<Option<i32>, _>(at)?.map(Value::Integer),
                Kind::Text { .. } | Kind::DateTime => {
                    row.try_get::<Option<&str>, _>(at)?.map(Value::Text)
                }
            };
            batch.push(value.unwrap_or(Value::Null));
        }
    }
    Ok(batch)
}

/// The values of some rows, to be bound in order.
pub(super) fn arguments<DB>(
    rows: &RowBatch,
    range: std::ops::Range<usize>,
) -> Result<<DB as Database>::Arguments, sqlx::Error>
where
    DB: Database,
    Option<i32>: for<'q> Encode<'q, DB> + Type<DB>,
    i32: for<'q> Encode<'q, DB> + Type<DB>,
    Arc<str>: for<'q> Encode<'q, DB> + Type<DB>,
{
    let mut arguments = <DB as Database>::Arguments::default();
    for value in range.flat_map(|row| rows.row(row)) {
        match value {
            Value::Null => arguments.add(None::<i32>),
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(Arc::<str>::from(text)),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// The answer to [`hires`](super::sql::Dialect::hires).
pub(super) fn hires<'r, R>(rows: &'r [R]) -> Result<Vec<HireCount>, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    i32: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
{
    let counts = rows.iter().map(|row| {
        let month: &str = row.try_get(2)?;
        let month: u8 = month
            .parse()
            .ok()
            .filter(|month| (1..=12).contains(month))
            .ok_or_else(|| sqlx::Error::Decode("a hiring date that is no date".into()))?;
        Ok(HireCount {
            department: row.try_get(0)?,
            job: row.try_get(1)?,
            quarter: (month - 1) / 3,
            hired: row.try_get::<i64, _>(3)?.cast_unsigned(),
        })
    });
    counts.collect()
}

/// The answer to [`loads`](super::sql::Dialect::loads).
pub(super) fn loads<'r, R>(rows: &'r [R]) -> Result<Vec<LoadRecord>, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    let records = rows.iter().map(|row| {
        let reasons: String = row.try_get(4)?;
        Ok(LoadRecord {
            digest: row.try_get(0)?,
            file: row.try_get(1)?,
            rows: row.try_get::<i64, _>(2)?.cast_unsigned(),
            rejected: row.try_get::<i64, _>(3)?.cast_unsigned(),
            reasons: serde_json::from_str(&reasons)
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            loaded_at: row.try_get(5)?,
        })
    });
    records.collect()
}

/// Names by id, from the two columns of a query.
pub(super) fn names<'r, R>(rows: &'r [R]) -> Result<Vec<(i32, String)>, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    i32: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    let names = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    names.collect()
}

/// The reasons of a load as they are kept.
pub(super) fn reasons(record: &LoadRecord) -> String {
    serde_json::to_string(&record.reasons).expect("texts and numbers become JSON")
}

/// Texts between which are all moments of a year: `.` is the character after `-`.
pub(super) fn bounds(year: u16) -> [String; 2] {
    [format!("{year:04}-"), format!("{year:04}.")]
}
