//! Inserts rows with multi-row statements.

use std::sync::Arc;

use sqlx::Transaction;
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_domain::keys::KeySet;

use super::engine::{Bulk, Engine, Target};
use super::outcome::{self, Refusal};

/// Statements of `ROWS` rows, or of as many as the limit of `VARIABLES` allows.
pub(super) struct Statements<E: Engine, const ROWS: usize, const VARIABLES: usize>(
    Transaction<'static, E>,
);

impl<E: Engine, const ROWS: usize, const VARIABLES: usize> Statements<E, ROWS, VARIABLES> {
    async fn insert(
        transaction: &mut Transaction<'static, E>,
        table: &Table,
        rows: &RowBatch,
    ) -> Result<(), sqlx::Error> {
        let many = ROWS.min(VARIABLES / table.fields().len());
        let statement: Arc<str> = E::SQL.insert(table, many).into();
        let mut start = 0;
        while start < rows.len() {
            let end = (start + many).min(rows.len());
            let full = end - start == many;
            let sql = if full {
                statement.clone()
            } else {
                E::SQL.insert(table, end - start).into()
            };
            E::insert(transaction, sql, full, rows, start..end).await?;
            start = end;
        }
        Ok(())
    }

    /// Looks up which keys exist, inserts the acceptable rows, and returns the others.
    pub(super) async fn insert_accepted(
        transaction: &mut Transaction<'static, E>,
        table: &Table,
        rows: &RowBatch,
        mut present: Vec<KeySet>,
    ) -> Result<Vec<Refusal>, sqlx::Error> {
        let keys = (0..rows.len()).map(|row| rows.integer(row, table.key()));
        let existing = E::keys(transaction, E::SQL.keys_among(table, keys)).await?;
        let (refused, accepted) = outcome::refuse(table, rows, &existing, &mut present);
        Self::insert(transaction, table, &accepted).await?;
        Ok(refused)
    }
}

impl<E: Engine, const ROWS: usize, const VARIABLES: usize> Bulk<E>
    for Statements<E, ROWS, VARIABLES>
{
    fn new(transaction: Transaction<'static, E>) -> Self {
        Self(transaction)
    }

    async fn open_replacement(
        transaction: &mut Transaction<'static, E>,
        table: &Table,
    ) -> Result<Target, sqlx::Error> {
        E::execute(transaction, E::SQL.delete(table), vec![]).await?;
        Ok(Target::itself(table))
    }

    async fn close_replacement(
        _: &mut Transaction<'static, E>,
        _: &Table,
        _: &Table,
    ) -> Result<(), sqlx::Error> {
        Ok(())
    }

    async fn add(&mut self, target: &Target, rows: &RowBatch) -> Result<(), sqlx::Error> {
        Self::insert(&mut self.0, &target.table, rows).await
    }

    async fn transaction(self) -> Result<Transaction<'static, E>, sqlx::Error> {
        Ok(self.0)
    }
}
