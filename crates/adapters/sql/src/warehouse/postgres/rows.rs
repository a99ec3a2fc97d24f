//! Reads all rows of a table with COPY, in its binary format.
//!
//! The format is that of the
//! [documentation](https://www.postgresql.org/docs/current/sql-copy.html): a header, then each row
//! as its number of values followed by length-prefixed values, all big-endian, and finally a row of
//! -1 values.

use std::sync::Arc;

use futures::TryStreamExt;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use tokio::sync::oneshot;
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Kind, Table};

use crate::warehouse::batches::{Batches, ROWS, Sender};
use crate::warehouse::engine::{Engine, SqlStore};
use crate::warehouse::failure::store_error;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Returns once the server has started, which fixes the set of rows (the snapshot).
pub(in crate::warehouse) async fn open(
    store: &SqlStore<Postgres>,
    table: &Table,
) -> Result<Batches, sqlx::Error> {
    let mut connection = store.readers.acquire().await?;
    // A connection abandoned during a COPY cannot be reused.
    connection.close_on_drop();
    let ([sender], batches) = Batches::of(&store.name);
    let (begun, has_begun) = oneshot::channel();
    let (name, table) = (Arc::clone(&store.name), table.clone());
    tokio::spawn(async move {
        let read = read(connection, &table, begun, &sender).await;
        let end = read.map_err(|error| store_error(&error, &name));
        // Fails if the receiver is gone.
        let _ = sender.send(end.map(|()| None)).await;
    });
    // If it did not start, the first batch carries the error.
    let _ = has_begun.await;
    Ok(batches)
}

async fn read(
    mut connection: PoolConnection<Postgres>,
    table: &Table,
    begun: oneshot::Sender<()>,
    sender: &Sender,
) -> Result<(), sqlx::Error> {
    // Otherwise a scan of a large table may start where a concurrent scan is.
    let from_the_start = "SET synchronize_seqscans = off";
    sqlx::raw_sql(from_the_start)
        .execute(&mut *connection)
        .await?;
    let statement = Postgres::SQL.copy_out(table);
    let mut pieces = connection.copy_out_raw(&statement).await?;
    let _ = begun.send(());
    let mut decoder = Decoder::new(table);
    while let Some(piece) = pieces.try_next().await? {
        decoder.take(&piece)?;
        if decoder.rows.len() >= ROWS {
            let full = Ok(Some(decoder.take_rows()));
            if sender.send(full).await.is_err() {
                return Ok(());
            }
        }
    }
    if !decoder.has_ended {
        return Err(broken("it ends within the rows"));
    }
    if !decoder.rows.is_empty() {
        let _ = sender.send(Ok(Some(decoder.take_rows()))).await;
    }
    Ok(())
}

struct Decoder<'a> {
    table: &'a Table,
    /// Bytes of an incomplete row.
    rest: Vec<u8>,
    rows: RowBatch,
    has_begun: bool,
    has_ended: bool,
}

impl<'a> Decoder<'a> {
    fn new(table: &'a Table) -> Self {
        Self {
            table,
            rest: Vec::new(),
            rows: RowBatch::new(table.fields().len()),
            has_begun: false,
            has_ended: false,
        }
    }

    fn take_rows(&mut self) -> RowBatch {
        std::mem::replace(&mut self.rows, RowBatch::new(self.table.fields().len()))
    }

    /// The server sends one row per message, but does not guarantee it.
    fn take(&mut self, piece: &[u8]) -> Result<(), sqlx::Error> {
        let joined;
        let mut bytes = if self.rest.is_empty() {
            piece
        } else {
            self.rest.extend_from_slice(piece);
            joined = std::mem::take(&mut self.rest);
            &joined
        };
        while !bytes.is_empty() {
            match self.step(bytes)? {
                Some(after) => bytes = after,
                None => {
                    self.rest = bytes.to_vec();
                    break;
                }
            }
        }
        Ok(())
    }

    /// Consumes the header or a row; returns the remaining bytes, or `None` if it is incomplete.
    fn step<'b>(&mut self, bytes: &'b [u8]) -> Result<Option<&'b [u8]>, sqlx::Error> {
        if self.has_ended {
            return Err(broken("it goes on after the last row"));
        }
        if !self.has_begun {
            return self.head(bytes);
        }
        let Some((count, mut after)) = bytes.split_first_chunk() else {
            return Ok(None);
        };
        match i16::from_be_bytes(*count) {
            -1 => {
                self.has_ended = true;
                return Ok(Some(after));
            }
            count if usize::try_from(count) == Ok(self.table.fields().len()) => {}
            _ => return Err(broken("a row has other columns")),
        }
        for (read, field) in self.table.fields().iter().enumerate() {
            let Some((value, rest)) = value(after)? else {
                self.rows.abandon_row(read);
                return Ok(None);
            };
            after = rest;
            let value = match (value, field.kind) {
                (None, _) => Value::Null,
                (Some(bytes), Kind::Integer { .. }) => {
                    let number = bytes.try_into();
                    let number = number.map_err(|_| broken("a number has not four bytes"))?;
                    Value::Integer(i32::from_be_bytes(number))
                }
                (Some(bytes), Kind::Text { .. } | Kind::DateTime) => {
                    let text = std::str::from_utf8(bytes);
                    Value::Text(text.map_err(|_| broken("a text is not UTF-8"))?)
                }
            };
            self.rows.push(value);
        }
        Ok(Some(after))
    }

    fn head<'b>(&mut self, bytes: &'b [u8]) -> Result<Option<&'b [u8]>, sqlx::Error> {
        // Flags, all of which can be ignored, and the length of an extension, which is skipped.
        let Some((head, after)) = bytes.split_first_chunk::<19>() else {
            return Ok(None);
        };
        let Some([_, _, _, _, length @ ..]) = head.strip_prefix(SIGNATURE) else {
            return Err(broken("it does not begin as COPY does"));
        };
        let length = length.try_into().map(u32::from_be_bytes);
        let length = length.expect("19 bytes less signature and flags are four") as usize;
        self.has_begun = after.len() >= length;
        Ok(after.get(length..))
    }
}

/// A value, which may be NULL, and the remaining bytes; `None` if it is incomplete.
type Split<'a> = Option<(Option<&'a [u8]>, &'a [u8])>;

fn value(bytes: &[u8]) -> Result<Split<'_>, sqlx::Error> {
    let Some((length, after)) = bytes.split_first_chunk() else {
        return Ok(None);
    };
    match i32::from_be_bytes(*length) {
        -1 => Ok(Some((None, after))),
        length => {
            let length = usize::try_from(length).map_err(|_| broken("a length is negative"))?;
            let split = after.split_at_checked(length);
            Ok(split.map(|(value, after)| (Some(value), after)))
        }
    }
}

fn broken(what: &str) -> sqlx::Error {
    sqlx::Error::Protocol(format!("the answer to COPY cannot be read: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `COPY (SELECT 7, 'é', NULL, 2, -1) TO STDOUT (FORMAT binary)` has it.
    fn answer() -> Vec<u8> {
        let mut bytes = [SIGNATURE, &[0; 8], &[0, 5]].concat();
        for value in [&7_i32.to_be_bytes()[..], "é".as_bytes()] {
            bytes.extend((value.len() as i32).to_be_bytes());
            bytes.extend(value);
        }
        bytes.extend((-1_i32).to_be_bytes());
        for number in [2_i32, -1] {
            bytes.extend(4_i32.to_be_bytes());
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend((-1_i16).to_be_bytes());
        bytes
    }

    fn employees() -> Table {
        let dictionary = warehouse_domain::hr::dictionary();
        let table = dictionary.table("employees").unwrap();
        Table::clone(table)
    }

    #[test]
    fn an_answer_is_read_however_it_is_cut() {
        let (table, bytes) = (employees(), answer());
        for cut in 0..bytes.len() {
            let mut decoder = Decoder::new(&table);
            decoder.take(&bytes[..cut]).unwrap();
            decoder.take(&bytes[cut..]).unwrap();
            assert!(decoder.has_ended, "cut at {cut}");
            let rows: Vec<_> = decoder.rows.row(0).collect();
            let text = Value::Text("é");
            let expected = [
                Value::Integer(7),
                text,
                Value::Null,
                Value::Integer(2),
                Value::Integer(-1),
            ];
            assert_eq!(
                (decoder.rows.len(), rows),
                (1, expected.to_vec()),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let table = employees();
        for (at, byte, expected) in [
            (0, b'X', "does not begin"),
            (20, 6, "other columns"),
            (24, 3, "not four bytes"),
            (33, 0xff, "not UTF-8"),
            (21, 0x80, "negative"),
        ] {
            let mut bytes = answer();
            bytes[at] = byte;
            let error = Decoder::new(&table).take(&bytes).unwrap_err().to_string();
            assert!(error.contains(expected), "{at}: {error}");
        }
        let mut more = answer();
        more.push(0);
        let error = Decoder::new(&table).take(&more).unwrap_err().to_string();
        assert!(error.contains("after the last row"), "{error}");
    }
}
