//! Whole tables, read ahead by a task or thread of their own, so that the database goes on while the
//! rows are written elsewhere.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use warehouse_domain::batch::RowBatch;
use warehouse_ports::{Rows, StoreError};

/// Rows of a batch.
pub(super) const ROWS: usize = 5_000;
/// Batches that are read ahead.
const AHEAD: usize = 4;

/// Who reads sends rows, then nothing or why it cannot go on.
pub(super) type Sender = mpsc::Sender<Result<Option<RowBatch>, StoreError>>;

pub(super) struct Batches {
    /// The database in messages.
    name: Arc<str>,
    batches: mpsc::Receiver<Result<Option<RowBatch>, StoreError>>,
    has_ended: bool,
}

impl Batches {
    pub(super) fn of(name: &Arc<str>) -> (Sender, Self) {
        let (sender, batches) = mpsc::channel(AHEAD);
        let batches = Self {
            name: Arc::clone(name),
            batches,
            has_ended: false,
        };
        (sender, batches)
    }
}

#[async_trait]
impl Rows for Batches {
    async fn next(&mut self) -> Result<Option<RowBatch>, StoreError> {
        if self.has_ended {
            return Ok(None);
        }
        // Whoever reads and has gone without an end has not read all.
        let read = self.batches.recv().await.unwrap_or_else(|| {
            let why = format!(
                "{} was not read to the end of a table; try again",
                self.name
            );
            Err(StoreError::Unreachable(why))
        });
        self.has_ended = matches!(read, Ok(None));
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_table_ends_only_where_that_was_said() {
        for (said, expected) in [(true, Ok(None)), (false, Err(()))] {
            let (sender, mut batches) = Batches::of(&"the database".into());
            sender.send(Ok(Some(RowBatch::new(1)))).await.unwrap();
            if said {
                sender.send(Ok(None)).await.unwrap();
            }
            drop(sender);
            assert!(batches.next().await.unwrap().is_some());
            for _ in 0..2 {
                let end = batches.next().await.map(|rows| rows.map(|rows| rows.len()));
                assert_eq!(end.map_err(|_| ()), expected);
            }
        }
    }
}
