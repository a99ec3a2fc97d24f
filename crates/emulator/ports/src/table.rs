//! Reads tables back: columnar files and database tables.

use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::record::Field;
use emulator_domain::verification::TableRows;

use crate::{DestinationError, ObjectSource};

/// A column to read.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// Its name in the table.
    pub name: String,
    /// The field that its values should belong to.
    pub field: Field,
}

/// Why a table, or a part of one, was not read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It cannot be reached, or cannot be read in the requested way.
    #[error(transparent)]
    Unreadable(#[from] DestinationError),
    /// It exists, but its bytes are not a valid table; what was read before still counts.
    #[error("{0}")]
    Damaged(String),
}

/// Reads one table from its beginning to its end. Its futures may block.
#[async_trait]
pub trait TableReader: Send {
    /// Which of the requested columns exist, in the order of the request.
    fn present(&self) -> Vec<bool>;

    /// Replaces the content of `rows` by the next rows, a few thousand at most, in any order, and
    /// returns whether there were any. What is no valid value of a column's field is
    /// [missing](emulator_domain::record::FoundColumn).
    ///
    /// # Errors
    /// If the table cannot be read further.
    async fn next(&mut self, rows: &mut TableRows) -> Result<bool, TableError>;
}

/// One table in a database.
#[async_trait]
pub trait TableSource: Send + Sync {
    /// Its name, for people.
    fn name(&self) -> String;

    /// Begins to read it.
    ///
    /// # Errors
    /// If there is no such table, the database cannot be reached or refuses, or an existing column
    /// cannot be read as values of its field.
    async fn open(&self, columns: &[TableColumn]) -> Result<Box<dyn TableReader>, TableError>;
}

/// Reads objects that are tables and must be read from their end.
#[async_trait]
pub trait TableFormat: Send + Sync {
    /// Begins to read an object; `None` if there is none of that name.
    ///
    /// # Errors
    /// If it cannot be read, or a column has a type that values of the field never have.
    async fn open(
        &self,
        source: Arc<dyn ObjectSource>,
        container: &str,
        name: &str,
        columns: &[TableColumn],
    ) -> Result<Option<Box<dyn TableReader>>, TableError>;
}
