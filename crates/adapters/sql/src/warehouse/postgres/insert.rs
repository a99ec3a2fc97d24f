//! Rows of a request: an array a column, so that any number of rows is one statement.

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, Postgres, Row as _, Transaction};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Kind, Table};
use warehouse_domain::keys::KeySet;
use warehouse_domain::reason::Reason;
use warehouse_ports::{Idempotency, Insert, Inserted, StoreError};

use super::{PostgresStore, SQL, outcome};

/// How often a request is tried that another one has got in the way of.
const TRIES: usize = 5;

pub(super) async fn run(store: &PostgresStore, insert: Insert<'_>) -> Result<Inserted, StoreError> {
    let mut tries = 1;
    loop {
        match try_insert(store, insert).await {
            Ok(inserted) => return inserted.ok_or(StoreError::KeyReused),
            // Requests with the same keys in another order wait for each other.
            Err(sqlx::Error::Database(error))
                if error.code().is_some_and(|code| code == "40P01") && tries < TRIES =>
            {
                tries += 1;
            }
            Err(error) => return Err(store.failure(&error)),
        }
    }
}

/// `None` if the idempotency key belongs to another request.
async fn try_insert(
    store: &PostgresStore,
    insert: Insert<'_>,
) -> Result<Option<Inserted>, sqlx::Error> {
    let mut transaction = store.pool.begin().await?;
    if let Some(request) = insert.idempotency
        && let Some((digest, text)) = remember(&mut transaction, request).await?
    {
        if digest != request.digest {
            return Ok(None);
        }
        let refused = outcome::read(&text)
            .ok_or_else(|| sqlx::Error::Decode("an outcome that cannot be read".into()))?;
        return Ok(Some(Inserted {
            refused,
            replayed: true,
        }));
    }
    let (table, rows) = (insert.table, insert.rows);
    let mut refused = Vec::new();
    if !rows.is_empty() {
        let mut present = Vec::new();
        for reference in table.strict_references() {
            let wanted: Vec<i32> = outcome::wanted(rows, reference).collect();
            let other = store.dictionary.table(reference.table.as_str());
            let other = other.expect("a dictionary's references lead to its tables");
            present.push(present_keys(&mut transaction, other, wanted).await?);
        }
        let (missing, accepted) = outcome::refuse(table, rows, &KeySet::new(), &mut present);
        let new = insert_rows(&mut transaction, table, &accepted).await?;
        refused = missing;
        if new.len() < accepted.len() as u64 {
            add_duplicates(table, rows, &new, &mut refused);
        }
    }
    if insert.all_or_nothing && !refused.is_empty() {
        transaction.rollback().await?;
    } else {
        if let Some(request) = insert.idempotency {
            sqlx::query(AssertSqlSafe(SQL.keep_outcome()))
                .bind(outcome::write(&refused))
                .bind(&request.key)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
    }
    Ok(Some(Inserted {
        refused,
        replayed: false,
    }))
}

/// What is known of the request; `None` if it is new, and it is remembered then. A request with the
/// same key that is still at work is waited for.
async fn remember(
    transaction: &mut Transaction<'static, Postgres>,
    request: &Idempotency,
) -> Result<Option<(String, String)>, sqlx::Error> {
    sqlx::query(AssertSqlSafe(SQL.forget_requests()))
        .bind(request.forget_before)
        .execute(&mut **transaction)
        .await?;
    let new = sqlx::query(AssertSqlSafe(SQL.insert_request()))
        .bind(&request.key)
        .bind(&request.digest)
        .bind(request.now)
        .execute(&mut **transaction)
        .await?;
    if new.rows_affected() == 1 {
        return Ok(None);
    }
    let row = sqlx::query(AssertSqlSafe(SQL.request()))
        .bind(&request.key)
        .fetch_one(&mut **transaction)
        .await?;
    Ok(Some((row.try_get(0)?, row.try_get(1)?)))
}

async fn present_keys(
    transaction: &mut Transaction<'static, Postgres>,
    table: &Table,
    wanted: Vec<i32>,
) -> Result<KeySet, sqlx::Error> {
    let key = SQL.quote(table.key_name().as_str());
    let sql = AssertSqlSafe(format!("{} WHERE {key} = ANY($1)", SQL.keys(table)));
    let keys: Vec<i32> = sqlx::query_scalar(sql)
        .bind(wanted)
        .fetch_all(&mut **transaction)
        .await?;
    Ok(keys.into_iter().collect())
}

/// Inserts the rows whose keys are new and gives those keys.
async fn insert_rows(
    transaction: &mut Transaction<'static, Postgres>,
    table: &Table,
    rows: &RowBatch,
) -> Result<KeySet, sqlx::Error> {
    let arrays = table
        .fields()
        .iter()
        .zip(1..)
        .map(|(field, number)| match field.kind {
            Kind::Integer { .. } => format!("${number}::integer[]"),
            Kind::Text { .. } | Kind::DateTime => format!("${number}::text[]"),
        });
    let arrays = arrays.collect::<Vec<_>>().join(", ");
    let key = SQL.quote(table.key_name().as_str());
    let sql = format!(
        "INSERT INTO {} ({}) SELECT * FROM UNNEST({arrays}) ON CONFLICT ({key}) DO NOTHING \
         RETURNING {key}",
        SQL.quote(table.name().as_str()),
        SQL.columns(table),
    );
    let new = sqlx::query_with(AssertSqlSafe(sql), arguments(table, rows)?)
        .fetch_all(&mut **transaction)
        .await?;
    new.iter().map(|row| row.try_get::<i32, _>(0)).collect()
}

fn arguments(table: &Table, rows: &RowBatch) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for (column, field) in table.fields().iter().enumerate() {
        let values = (0..rows.len()).map(|row| rows.value(row, column));
        match field.kind {
            Kind::Integer { .. } => arguments.add(values.map(integer).collect::<Vec<_>>()),
            Kind::Text { .. } | Kind::DateTime => {
                arguments.add(values.map(text).collect::<Vec<_>>())
            }
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

// A row holds values of its fields' kinds only.

fn integer(value: Value<'_>) -> Option<i32> {
    match value {
        Value::Integer(number) => Some(number),
        Value::Null | Value::Text(_) => None,
    }
}

fn text(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Null | Value::Integer(_) => None,
    }
}

/// Rows that were neither refused nor inserted have keys that were there.
fn add_duplicates(
    table: &Table,
    rows: &RowBatch,
    new: &KeySet,
    refused: &mut Vec<outcome::Refusal>,
) {
    for row in 0..rows.len() {
        let known = refused.iter().any(|(place, ..)| *place == row);
        if !known && !new.contains(rows.integer(row, table.key())) {
            refused.push((row, table.key(), Reason::DuplicateInTable));
        }
    }
    refused.sort_by_key(|(place, ..)| *place);
}
