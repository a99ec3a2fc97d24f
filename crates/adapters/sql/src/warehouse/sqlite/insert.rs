//! Rows of a request.

use sqlx::{AssertSqlSafe, Row as _, Sqlite, Transaction};
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Idempotency, Insert, Inserted, StoreError};

use super::{SQL, SqliteStore, load, outcome};

pub(super) async fn run(store: &SqliteStore, insert: Insert<'_>) -> Result<Inserted, StoreError> {
    let failure = |error: sqlx::Error| store.failure(&error);
    let mut transaction = store.begin().await.map_err(failure)?;
    if let Some(request) = insert.idempotency {
        let known = remember(&mut transaction, request).await.map_err(failure)?;
        if let Some((digest, text)) = known {
            if digest != request.digest {
                return Err(StoreError::KeyReused);
            }
            let refused = outcome::read(&text).ok_or_else(|| {
                failure(sqlx::Error::Decode("an outcome that cannot be read".into()))
            })?;
            return Ok(Inserted {
                refused,
                replayed: true,
            });
        }
    }
    let inserted = try_insert(transaction, store, insert).await;
    inserted.map_err(failure)
}

/// What is known of the request; `None` if it is new, and it is remembered then.
async fn remember(
    transaction: &mut Transaction<'static, Sqlite>,
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

async fn try_insert(
    mut transaction: Transaction<'static, Sqlite>,
    store: &SqliteStore,
    insert: Insert<'_>,
) -> Result<Inserted, sqlx::Error> {
    let (table, rows) = (insert.table, insert.rows);
    if rows.is_empty() {
        transaction.commit().await?;
        return Ok(Inserted::default());
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
        return Ok(Inserted {
            refused,
            replayed: false,
        });
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
    Ok(Inserted {
        refused,
        replayed: false,
    })
}
