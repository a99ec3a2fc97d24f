//! Whole tables, read ahead by separate tasks or threads, so that the database keeps working while
//! the rows are being written elsewhere.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use warehouse_domain::batch::RowBatch;
use warehouse_ports::{Rows, StoreError};

/// Rows per batch.
pub(super) const ROWS: usize = 5_000;
/// How many batches each reader may be ahead.
const AHEAD: usize = 4;

/// A reader sends rows and, at the end, either `None` or an error.
pub(super) type Sender = mpsc::Sender<Result<Option<RowBatch>, StoreError>>;

pub(super) struct Batches {
    /// The database's name in messages.
    name: Arc<str>,
    /// One channel per reader, in turn.
    readers: Vec<mpsc::Receiver<Result<Option<RowBatch>, StoreError>>>,
    turn: usize,
    has_ended: bool,
}

impl Batches {
    /// For this many readers: the first sends the first batch, the second the next, and so on. The
    /// table ends when the reader whose turn it is sends `None`.
    pub(super) fn of<const READERS: usize>(name: &Arc<str>) -> ([Sender; READERS], Self) {
        let mut readers = Vec::with_capacity(READERS);
        let senders = [(); READERS].map(|()| {
            let (sender, reader) = mpsc::channel(AHEAD);
            readers.push(reader);
            sender
        });
        let batches = Self {
            name: Arc::clone(name),
            readers,
            turn: 0,
            has_ended: false,
        };
        (senders, batches)
    }
}

#[async_trait]
impl Rows for Batches {
    async fn next(&mut self) -> Result<Option<RowBatch>, StoreError> {
        if self.has_ended {
            return Ok(None);
        }
        // A channel that closes without an end means that the table was not read completely.
        let read = self.readers[self.turn].recv().await.unwrap_or_else(|| {
            let why = format!(
                "{} was not read to the end of a table; try again",
                self.name
            );
            Err(StoreError::Unreachable(why))
        });
        self.has_ended = matches!(read, Ok(None));
        self.turn = (self.turn + 1) % self.readers.len();
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_table_ends_only_where_that_was_said() {
        for (said, expected) in [(true, Ok(None)), (false, Err(()))] {
            let ([sender], mut batches) = Batches::of(&"the database".into());
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
