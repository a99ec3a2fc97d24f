//! Connections for whole tables that call SQLite directly (rusqlite): with sqlx every row passes
//! between two threads, which costs several times what SQLite's own work does.

use rusqlite::{Connection, Error, OpenFlags};
use sqlx::Sqlite;
use warehouse_ports::StoreError;

use super::PATIENCE;
use crate::warehouse::engine::SqlStore;
use crate::warehouse::failure;

/// A connection to a file that the store has prepared.
pub(super) fn connect(store: &SqlStore<Sqlite>) -> Result<Connection, StoreError> {
    let options = store.readers.connect_options();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(options.get_filename(), flags);
    let connection = connection.and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -16384")?;
        Ok(connection)
    });
    connection.map_err(|error| store_error(&error, &store.name))
}

pub(super) fn store_error(error: &Error, database: &str) -> StoreError {
    match error {
        Error::SqliteFailure(said, message) => {
            let code = said.extended_code.to_string();
            let message = message.clone().unwrap_or_else(|| said.to_string());
            failure::said(&code, &message, database)
        }
        other => failure::unexpected(other, database),
    }
}
