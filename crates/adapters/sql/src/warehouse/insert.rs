//! Inserts the rows of a request.

use sqlx::Transaction;
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Idempotency, Insert, Inserted, StoreError};

use super::engine::{Engine, SqlStore, begin};
use super::outcome;
use super::read;
use super::sql::Purpose;

/// How often a request that conflicts with another one is attempted.
const TRIES: usize = 5;

pub(super) async fn run<E: Engine>(
    store: &SqlStore<E>,
    insert: Insert<'_>,
) -> Result<Inserted, StoreError> {
    let mut tries = 1;
    loop {
        match try_insert(store, insert).await {
            Ok(inserted) => return inserted.ok_or(StoreError::KeyReused),
            Err(error) if tries < TRIES && E::is_passing(&error) => tries += 1,
            Err(error) => return Err(store.failure(&error)),
        }
    }
}

/// `None` if the idempotency key belongs to another request.
async fn try_insert<E: Engine>(
    store: &SqlStore<E>,
    insert: Insert<'_>,
) -> Result<Option<Inserted>, sqlx::Error> {
    let (table, rows) = (insert.table, insert.rows);
    let mut transaction = begin(&store.writers, table, Purpose::Insert).await?;
    if let Some(request) = insert.idempotency
        && let Some((digest, text)) = remember::<E>(&mut transaction, request).await?
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
    let mut refused = Vec::new();
    if !rows.is_empty() {
        let mut present = Vec::new();
        for reference in table.strict_references() {
            let mut wanted = outcome::wanted(rows, reference).peekable();
            let other = store.dictionary.table(reference.table.as_str());
            let other = other.expect("a dictionary's references lead to its tables");
            present.push(if wanted.peek().is_some() {
                E::keys(&mut transaction, E::SQL.keys_among(other, wanted)).await?
            } else {
                KeySet::new()
            });
        }
        refused = E::insert_accepted(&mut transaction, table, rows, present).await?;
    }
    if insert.all_or_nothing && !refused.is_empty() {
        transaction.rollback().await?;
    } else {
        if let Some(request) = insert.idempotency {
            let binds = vec![
                outcome::write(&refused).as_str().into(),
                request.key.as_str().into(),
            ];
            E::execute(&mut transaction, E::SQL.keep_outcome(), binds).await?;
        }
        transaction.commit().await?;
    }
    Ok(Some(Inserted {
        refused,
        replayed: false,
    }))
}

/// The stored result of the request; `None` if it is new, in which case it is recorded. Waits for a
/// request with the same key that is still in progress.
async fn remember<E: Engine>(
    transaction: &mut Transaction<'static, E>,
    request: &Idempotency,
) -> Result<Option<(String, String)>, sqlx::Error> {
    let before = vec![request.forget_before.into()];
    E::execute(transaction, E::SQL.forget_requests(), before).await?;
    let key = || request.key.as_str().into();
    let binds = vec![key(), request.digest.as_str().into(), request.now.into()];
    let new = E::execute(transaction, E::SQL.insert_request(), binds).await?;
    if E::affected(&new) == 1 {
        return Ok(None);
    }
    let rows = E::fetch(transaction, E::SQL.request(), vec![key()]).await?;
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    Ok(Some((read::text::<E>(row, 0)?, read::text::<E>(row, 1)?)))
}
