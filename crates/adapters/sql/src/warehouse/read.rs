//! Converts between rows of the database and rows of the domain.

use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Kind, Table};
use warehouse_domain::report::HireCount;
use warehouse_ports::LoadRecord;

use super::queries::Queries;
use super::schema::Column;

/// The number that a counting statement returns.
pub(super) async fn count<Q: Queries>(
    connection: &mut Q::Connection,
    sql: String,
) -> Result<u64, sqlx::Error> {
    let rows = Q::fetch(connection, sql, vec![]).await?;
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    Ok(number::<Q>(row, 0)?.cast_unsigned())
}

/// All rows, with the columns of the table in order.
pub(super) fn batch<Q: Queries>(table: &Table, rows: &[Q::Row]) -> Result<RowBatch, sqlx::Error> {
    let mut batch = RowBatch::new(table.fields().len());
    for row in rows {
        for (at, field) in table.fields().iter().enumerate() {
            let value = match field.kind {
                Kind::Integer { .. } => Q::integer(row, at)?.map(Value::Integer),
                Kind::Text { .. } | Kind::DateTime => Q::text(row, at)?.map(Value::Text),
            };
            batch.push(value.unwrap_or(Value::Null));
        }
    }
    Ok(batch)
}

/// A row returned by [`describe`](super::sql::Dialect::describe).
pub(super) fn column<Q: Queries>(row: &Q::Row) -> Result<Column, sqlx::Error> {
    Ok(Column {
        name: text::<Q>(row, 0)?,
        kind: text::<Q>(row, 1)?,
        limit: Q::number(row, 2)?,
        nullable: number::<Q>(row, 3)? != 0,
        key: number::<Q>(row, 4)? != 0,
    })
}

/// A row returned by [`hires`](super::sql::Dialect::hires).
pub(super) fn hire<Q: Queries>(row: &Q::Row) -> Result<HireCount, sqlx::Error> {
    let month = text::<Q>(row, 2)?.parse().ok();
    let month: u8 = month
        .filter(|month| (1..=12).contains(month))
        .ok_or_else(|| sqlx::Error::Decode("a hiring date that is no date".into()))?;
    Ok(HireCount {
        department: integer::<Q>(row, 0)?,
        job: integer::<Q>(row, 1)?,
        quarter: (month - 1) / 3,
        hired: number::<Q>(row, 3)?.cast_unsigned(),
    })
}

/// A row returned by [`loads`](super::sql::Dialect::loads).
pub(super) fn load<Q: Queries>(row: &Q::Row) -> Result<LoadRecord, sqlx::Error> {
    let reasons = serde_json::from_str(&text::<Q>(row, 4)?);
    Ok(LoadRecord {
        digest: text::<Q>(row, 0)?,
        file: text::<Q>(row, 1)?,
        rows: number::<Q>(row, 2)?.cast_unsigned(),
        rejected: number::<Q>(row, 3)?.cast_unsigned(),
        reasons: reasons.map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        loaded_at: number::<Q>(row, 5)?,
    })
}

/// Names by id, from the two columns of a query.
pub(super) fn names<Q: Queries>(rows: &[Q::Row]) -> Result<Vec<(i32, String)>, sqlx::Error> {
    let names = rows.iter();
    names
        .map(|row| Ok((integer::<Q>(row, 0)?, text::<Q>(row, 1)?)))
        .collect()
}

fn integer<Q: Queries>(row: &Q::Row, at: usize) -> Result<i32, sqlx::Error> {
    Q::integer(row, at)?.ok_or_else(|| null(at))
}

pub(super) fn number<Q: Queries>(row: &Q::Row, at: usize) -> Result<i64, sqlx::Error> {
    Q::number(row, at)?.ok_or_else(|| null(at))
}

pub(super) fn text<Q: Queries>(row: &Q::Row, at: usize) -> Result<String, sqlx::Error> {
    let text = Q::text(row, at)?.ok_or_else(|| null(at))?;
    Ok(text.to_owned())
}

fn null(at: usize) -> sqlx::Error {
    sqlx::Error::Decode(format!("nothing in column {at}").into())
}

/// The stored form of a load's reasons.
pub(super) fn reasons(record: &LoadRecord) -> String {
    serde_json::to_string(&record.reasons).expect("texts and numbers become JSON")
}

/// Bounds between which all timestamps of a year sort as text: `.` is the character after `-`.
pub(super) fn bounds(year: u16) -> [String; 2] {
    [format!("{year:04}-"), format!("{year:04}.")]
}
