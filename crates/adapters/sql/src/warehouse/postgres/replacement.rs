//! Replaces all rows of a table without deleting them one by one.
//!
//! The new rows go to a separate table. At the end it replaces the old one and takes its name, in
//! the transaction that created it: whatever happens before, nothing of it remains. This works only
//! for a table that has nothing beyond what this program creates: privileges, views, foreign keys
//! and the like belong to a table, not to its name (docs/adr/0021-restores-swap-tables.md).

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Postgres, Row, Transaction};
use warehouse_domain::dictionary::Table;
use warehouse_domain::name::Name;

use crate::warehouse::engine::{Engine, Target};
use crate::warehouse::queries::Queries;

/// How often locking the old table is attempted, how long each attempt blocks its readers and
/// everyone queued behind them, and how long the pause in between is.
const TRIES: u32 = 5;
const WAIT: &str = "200ms";
const PAUSE: Duration = Duration::from_millis(200);

/// The table's oid and the name of its primary key index, provided that it is as this program
/// created it: nothing depends on it, it has no comments or settings, and a table created now would
/// be alike.
const PLAIN: &str = "\
SELECT c.oid::bigint, i.relname::text
FROM pg_class c
JOIN pg_index x ON x.indrelid = c.oid
JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.oid = to_regclass(quote_ident($1))
  AND c.relkind = 'r' AND c.relpersistence = 'p' AND c.relreplident = 'd'
  AND c.relacl IS NULL AND c.reloptions IS NULL AND NOT c.relrowsecurity
  AND c.reltablespace = 0 AND current_setting('default_tablespace') = ''
  AND c.relam = (SELECT oid FROM pg_am WHERE amname = current_setting('default_table_access_method'))
  AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
  AND c.relnamespace = to_regnamespace(quote_ident(current_schema()))
  AND has_schema_privilege(c.relnamespace, 'CREATE')
  AND x.indisprimary AND NOT x.indisclustered AND i.reloptions IS NULL AND i.reltablespace = 0
  AND NOT EXISTS (SELECT FROM pg_index o WHERE o.indrelid = c.oid AND NOT o.indisprimary)
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
    AND (a.attacl IS NOT NULL OR a.attoptions IS NOT NULL OR a.attidentity <> ''))
  AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)
  AND NOT EXISTS (SELECT FROM pg_description d WHERE d.objoid IN (c.oid, i.oid))
  AND NOT EXISTS (SELECT FROM pg_seclabel l WHERE l.objoid = c.oid)
  AND NOT EXISTS (SELECT FROM pg_default_acl)
  AND NOT EXISTS (SELECT FROM pg_publication)
  AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
      AND d.classid <> 'pg_type'::regclass
      AND NOT EXISTS (SELECT FROM pg_class t
        WHERE d.classid = 'pg_class'::regclass AND t.oid = d.objid AND t.relkind = 't')
      AND NOT EXISTS (SELECT FROM pg_constraint k
        WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid AND k.contype IN ('p', 'n')))";

async fn plain(
    transaction: &mut Transaction<'static, Postgres>,
    table: &Table,
) -> Result<Option<(i64, String)>, sqlx::Error> {
    let name = vec![table.name().as_str().into()];
    let found = Postgres::fetch(transaction, PLAIN.to_owned(), name).await?;
    let found = found.first();
    found
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .transpose()
}

async fn execute(
    transaction: &mut Transaction<'_, Postgres>,
    statements: String,
) -> Result<(), sqlx::Error> {
    let statements = sqlx::raw_sql(AssertSqlSafe(statements));
    statements.execute(&mut **transaction).await?;
    Ok(())
}

fn quote(table: &Table) -> String {
    Postgres::SQL.quote(table.name().as_str())
}

/// The table that receives the new rows. If that is the table itself, its rows are deleted.
pub(super) async fn open(
    transaction: &mut Transaction<'static, Postgres>,
    table: &Table,
) -> Result<Target, sqlx::Error> {
    let Some((number, _)) = plain(transaction, table).await? else {
        execute(transaction, Postgres::SQL.delete(table)).await?;
        return Ok(Target::itself(table));
    };
    let name = Name::parse(&format!("replacement_{number}")).expect("letters and digits");
    let fields = table.fields().to_vec();
    let beside = Table::new(name, fields, table.key_name(), vec![]).expect("those of a table");
    let (new, old) = (quote(&beside), quote(table));
    let create = format!("CREATE TABLE {new} (LIKE {old} INCLUDING ALL)");
    execute(transaction, create).await?;
    Ok(Target::created(beside))
}

/// Replaces the table with the one that was filled beside it.
pub(super) async fn close(
    transaction: &mut Transaction<'static, Postgres>,
    table: &Table,
    beside: &Table,
) -> Result<(), sqlx::Error> {
    let (new, old) = (quote(beside), quote(table));
    for turn in 0..TRIES {
        if turn > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        if swap(transaction, table, beside).await? {
            return Ok(());
        }
    }
    let columns = Postgres::SQL.columns(table);
    let delete = Postgres::SQL.delete(table);
    let copy = format!("INSERT INTO {old} ({columns}) SELECT {columns} FROM {new}");
    execute(transaction, format!("{delete}; {copy}; DROP TABLE {new}")).await
}

/// Whether the swap succeeded. If not, nothing has changed.
async fn swap(
    transaction: &mut Transaction<'static, Postgres>,
    table: &Table,
    beside: &Table,
) -> Result<bool, sqlx::Error> {
    let (new, old) = (quote(beside), quote(table));
    // Privileges or views may have been added since the first check.
    let Some((_, key)) = plain(transaction, table).await? else {
        return Ok(false);
    };
    let key = Postgres::SQL.quote(&key.replace('"', "\"\""));
    let new_key = Postgres::SQL.quote(&format!("{}_pkey", beside.name()));
    let mut attempt = transaction.begin().await?;
    let statements = format!(
        "SET LOCAL lock_timeout = '{WAIT}'; LOCK TABLE {old} IN ACCESS EXCLUSIVE MODE; \
         DROP TABLE {old}; ALTER TABLE {new} RENAME TO {old}; \
         ALTER INDEX {new_key} RENAME TO {key}"
    );
    match execute(&mut attempt, statements).await {
        Ok(()) => attempt.commit().await.map(|()| true),
        Err(error) if is_in_use(&error) => attempt.rollback().await.map(|()| false),
        Err(error) => Err(error),
    }
}

/// The table is in use by a reader, in a deadlock with this transaction, or has dependent objects.
fn is_in_use(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["55P03", "40P01", "2BP01"].contains(&&*code))
}
