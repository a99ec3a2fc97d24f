//! Tables that were read back: files of columns, tables of a database.

use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::record::Field;
use emulator_domain::verification::TableRows;

use crate::{DestinationError, ObjectSource};

/// A column that is asked for.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// Its name in the table.
    pub name: String,
    /// What its values should be.
    pub field: Field,
}

/// A table, or a part of one, was not read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It cannot be reached, or the way in which it is asked for is wrong.
    #[error(transparent)]
    Unreadable(#[from] DestinationError),
    /// It is there, and its bytes are no table: what was read of it before counts.
    #[error("{0}")]
    Damaged(String),
}

/// Reads one table from its beginning to its end. Its futures may block.
#[async_trait]
pub trait TableReader: Send {
    /// Which of the columns that were asked for are there, in their order.
    fn present(&self) -> Vec<bool>;

    /// Replaces what `rows` holds by the next rows, some thousands at most, in any order; gives
    /// whether there were any. What is no value of a column's field is
    /// [missing](emulator_domain::record::FoundColumn).
    ///
    /// # Errors
    /// If the table cannot be read further.
    async fn next(&mut self, rows: &mut TableRows) -> Result<bool, TableError>;
}

/// One table of a database.
#[async_trait]
pub trait TableSource: Send + Sync {
    /// Its name, for people.
    fn name(&self) -> String;

    /// Begins to read it.
    ///
    /// # Errors
    /// If there is no such table, the database cannot be reached or refuses, or a column that is
    /// there cannot be read as its field's values.
    async fn open(&self, columns: &[TableColumn]) -> Result<Box<dyn TableReader>, TableError>;
}

/// How objects are read that hold tables, and have to be read from their end.
#[async_trait]
pub trait TableFormat: Send + Sync {
    /// Begins to read an object; `None` if there is none of that name.
    ///
    /// # Errors
    /// If it cannot be read, or a column is of a type that the field's values never have.
    async fn open(
        &self,
        source: Arc<dyn ObjectSource>,
        container: &str,
        name: &str,
        columns: &[TableColumn],
    ) -> Result<Option<Box<dyn TableReader>>, TableError>;
}
