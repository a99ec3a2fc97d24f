//! Loads rows with COPY, in its text format.

use sqlx::{Postgres, Transaction};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::Table;

use super::replacement;
use crate::warehouse::engine::{Bulk, Engine, Target};

/// Buffers that may wait to be sent to the server.
const AHEAD: usize = 4;

/// One COPY for all rows. A separate task sends them, so that the server receives rows while the
/// next ones are being checked.
pub(in crate::warehouse) enum Copy {
    Idle(Transaction<'static, Postgres>),
    Sending(
        mpsc::Sender<Vec<u8>>,
        JoinHandle<Result<Transaction<'static, Postgres>, sqlx::Error>>,
    ),
    /// The task has ended and has reported why.
    Failed,
}

impl Bulk<Postgres> for Copy {
    fn new(transaction: Transaction<'static, Postgres>) -> Self {
        Self::Idle(transaction)
    }

    async fn open_replacement(
        transaction: &mut Transaction<'static, Postgres>,
        table: &Table,
    ) -> Result<Target, sqlx::Error> {
        replacement::open(transaction, table).await
    }

    async fn close_replacement(
        transaction: &mut Transaction<'static, Postgres>,
        table: &Table,
        created: &Table,
    ) -> Result<(), sqlx::Error> {
        replacement::close(transaction, table, created).await
    }

    async fn add(&mut self, target: &Target, rows: &RowBatch) -> Result<(), sqlx::Error> {
        if let Self::Idle(_) = self
            && let Self::Idle(transaction) = std::mem::replace(self, Self::Failed)
        {
            let (sender, texts) = mpsc::channel(AHEAD);
            let task = tokio::spawn(send(transaction, statement(target), texts));
            *self = Self::Sending(sender, task);
        }
        let sent = match self {
            Self::Sending(sender, _) => sender.send(text(rows)).await.is_ok(),
            Self::Idle(_) | Self::Failed => false,
        };
        if sent {
            return Ok(());
        }
        let ended = std::mem::replace(self, Self::Failed).transaction().await;
        ended.and(Err(sqlx::Error::WorkerCrashed))
    }

    async fn transaction(self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        match self {
            Self::Idle(transaction) => Ok(transaction),
            Self::Sending(sender, task) => {
                drop(sender);
                task.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
            }
            Self::Failed => Err(sqlx::Error::WorkerCrashed),
        }
    }
}

/// Rows of a table created in this transaction are frozen: whoever sees the table sees them,
/// however old the snapshot, instead of an empty table.
fn statement(target: &Target) -> String {
    let copy = Postgres::SQL.copy(&target.table);
    if target.is_created {
        copy + " (FREEZE)"
    } else {
        copy
    }
}

/// Sends buffers until there are no more. If nobody waits for the transaction by then, it is rolled
/// back.
async fn send(
    mut transaction: Transaction<'static, Postgres>,
    statement: String,
    mut texts: mpsc::Receiver<Vec<u8>>,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut copy = transaction.copy_in_raw(&statement).await?;
    while let Some(text) = texts.recv().await {
        copy.send(text).await?;
    }
    copy.finish().await?;
    Ok(transaction)
}

fn text(rows: &RowBatch) -> Vec<u8> {
    let mut text = Vec::new();
    let mut number = itoa::Buffer::new();
    for row in 0..rows.len() {
        for (at, value) in rows.row(row).enumerate() {
            if at > 0 {
                text.push(b'\t');
            }
            match value {
                Value::Null => text.extend_from_slice(b"\\N"),
                Value::Integer(value) => text.extend_from_slice(number.format(value).as_bytes()),
                Value::Text(value) => escape(value.as_bytes(), &mut text),
            }
        }
        text.push(b'\n');
    }
    text
}

fn escape(value: &[u8], text: &mut Vec<u8>) {
    // Texts contain no control characters; those that COPY would misread are escaped all the same.
    if !value
        .iter()
        .any(|byte| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t'))
    {
        text.extend_from_slice(value);
        return;
    }
    for byte in value {
        match byte {
            b'\\' => text.extend_from_slice(b"\\\\"),
            b'\n' => text.extend_from_slice(b"\\n"),
            b'\r' => text.extend_from_slice(b"\\r"),
            b'\t' => text.extend_from_slice(b"\\t"),
            _ => text.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copy_would_misread_is_escaped() {
        let mut batch = RowBatch::new(3);
        for value in [Value::Integer(-5), Value::Text("a\\b\tc\n\\."), Value::Null] {
            batch.push(value);
        }
        assert_eq!(text(&batch), b"-5\ta\\\\b\\tc\\n\\\\.\t\\N\n");
    }
}
