//! Rows of a request.

use sqlx::{AssertSqlSafe, MySql, Row as _, Transaction};
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Idempotency, Insert, Inserted, StoreError};

use super::{MysqlStore, SQL, load, outcome};

/// How often a request is tried that another one has got in the way of.
const TRIES: usize = 5;

pub(super) async fn run(store: &MysqlStore, insert: Insert<'_>) -> Result<Inserted, StoreError> {
    let mut tries = 1;
    loop {
        match try_insert(store, insert).await {
            Ok(inserted) => return inserted.ok_or(StoreError::KeyReused),
            // Another request has inserted a key since this one has looked, or they wait for each
            // other.
            Err(sqlx::Error::Database(error))
                if tries < TRIES
                    && (error.is_unique_violation()
                        || error.code().is_some_and(|code| code == "40001")) =>
            {
                tries += 1;
            }
            Err(error) => return Err(store.failure(&error)),
        }
    }
}

/// What is known of the request; `None` if it is new, and it is remembered then.
async fn remember(
    transaction: &mut Transaction<'_, MySql>,
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

/// `None` if the idempotency key belongs to another request.
async fn try_insert(
    store: &MysqlStore,
    insert: Insert<'_>,
) -> Result<Option<Inserted>, sqlx::Error> {
    // Else a second look would see what the first has seen.
    let mut connection = store.pool.acquire().await?;
    sqlx::query("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        .execute(&mut *connection)
        .await?;
    let mut transaction = sqlx::Connection::begin(&mut *connection).await?;
    let (table, rows) = (insert.table, insert.rows);
    load::lock(&mut transaction, table, "LOCK IN SHARE MODE").await?;
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
    if rows.is_empty() {
        transaction.commit().await?;
        return Ok(Some(Inserted::default()));
    }
    let keys = (0..rows.len()).map(|row| rows.integer(row, table.key()));
    let existing = super::keys(&mut transaction, SQL.keys_among(table, keys)).await?;
    let mut present = Vec::new();
    for reference in table.strict_references() {
        let mut wanted = outcome::wanted(rows, reference).peekable();
        let other = store.dictionary.table(reference.table.as_str());
        present.push(match other {
            Some(other) if wanted.peek().is_some() => {
                super::keys(&mut transaction, SQL.keys_among(other, wanted)).await?
            }
            _ => KeySet::new(),
        });
    }
    let (refused, accepted) = outcome::refuse(table, rows, &existing, &mut present);
    if insert.all_or_nothing && !refused.is_empty() {
        transaction.rollback().await?;
        return Ok(Some(Inserted {
            refused,
            replayed: false,
        }));
    }
    load::insert(&mut transaction, table, &accepted).await?;
    if let Some(request) = insert.idempotency {
        sqlx::query(AssertSqlSafe(SQL.keep_outcome()))
            .bind(outcome::write(&refused))
            .bind(&request.key)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(Some(Inserted {
        refused,
        replayed: false,
    }))
}
