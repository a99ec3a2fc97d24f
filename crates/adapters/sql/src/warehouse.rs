//! The data warehouse's tables in SQLite, PostgreSQL, or MySQL and MariaDB.
//!
//! Besides the tables of the dictionary, `warehouse_loads` records the files that were loaded and
//! `warehouse_requests` the requests that may be repeated. Each is written in the same transaction
//! as the rows it concerns.

mod batches;
mod engine;
mod failure;
mod insert;
mod load;
mod mysql;
mod outcome;
mod postgres;
mod queries;
mod read;
mod schema;
mod sql;
mod sqlite;
mod statements;
mod store;
mod url;

use std::sync::Arc;

use secrecy::SecretString;
use warehouse_domain::dictionary::Dictionary;
use warehouse_ports::{Store, StoreError};

/// The warehouse at `sqlite:FILE`, `postgres://USER:PASSWORD@HOST:PORT/DATABASE` or
/// `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, with the tables of `dictionary`.
///
/// Only parses the URL: connections are opened on demand and reopened after a loss. Must be called
/// on a Tokio runtime.
///
/// # Errors
/// [`Refused`](StoreError::Refused) if the URL is none of these.
pub fn open_warehouse(
    url: &SecretString,
    dictionary: Dictionary,
) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match url::parse(url)? {
        url::Target::Sqlite(file) => Arc::new(sqlite::store(&file, dictionary)),
        url::Target::Postgres(options) => Arc::new(postgres::store(*options, dictionary)),
        url::Target::Mysql(options) => Arc::new(mysql::store(*options, dictionary)),
    })
}
