//! Rows in memory.

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// An integer.
    Integer(i32),
    /// A text, or a date-time as text.
    Text(&'a str),
}

#[derive(Clone, Copy, Debug)]
enum Cell {
    Null,
    Integer(i32),
    /// A range of the batch's text buffer.
    Text(u32, u32),
}

/// Rows of one table. All text is in one buffer, so that a row needs no allocation.
#[derive(Clone, Debug)]
pub struct RowBatch {
    columns: usize,
    cells: Vec<Cell>,
    text: String,
}

impl RowBatch {
    /// An empty batch for a table with this many fields.
    ///
    /// # Panics
    /// If there are no fields.
    pub fn new(columns: usize) -> Self {
        assert!(columns > 0, "a table has at least one field");
        Self {
            columns,
            cells: Vec::new(),
            text: String::new(),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.cells.len() / self.columns
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Removes all rows but keeps the memory.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.text.clear();
    }

    /// Appends the next cell of the row being written.
    ///
    /// # Panics
    /// If the batch would hold more than 4 GiB of text.
    pub fn push(&mut self, value: Value<'_>) {
        self.cells.push(match value {
            Value::Null => Cell::Null,
            Value::Integer(number) => Cell::Integer(number),
            Value::Text(text) => {
                let start = self.position();
                self.text.push_str(text);
                Cell::Text(start, self.position())
            }
        });
    }

    /// Removes the cells of an incomplete row.
    pub fn abandon_row(&mut self, cells: usize) {
        self.cells.truncate(self.cells.len() - cells);
    }

    /// The value of a field of a row.
    ///
    /// # Panics
    /// If there is no such row or field.
    pub fn value(&self, row: usize, column: usize) -> Value<'_> {
        assert!(column < self.columns, "a field of the table");
        self.read(self.cells[row * self.columns + column])
    }

    /// The values of a row, in the order of the fields.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = Value<'_>> {
        let start = row * self.columns;
        let cells = &self.cells[start..start + self.columns];
        cells.iter().map(|cell| self.read(*cell))
    }

    /// The integer in a field that is never null, such as the key.
    ///
    /// # Panics
    /// If it is null.
    pub fn integer(&self, row: usize, column: usize) -> i32 {
        match self.value(row, column) {
            Value::Integer(number) => number,
            other => panic!("field {column} of row {row} is no integer but {other:?}"),
        }
    }

    /// Keeps the rows for which `keep` returns true; it is called in order.
    pub fn retain(&mut self, mut keep: impl FnMut(&Self, usize) -> bool) {
        let mut kept = 0;
        for row in 0..self.len() {
            if keep(self, row) {
                let start = row * self.columns;
                self.cells
                    .copy_within(start..start + self.columns, kept * self.columns);
                kept += 1;
            }
        }
        self.cells.truncate(kept * self.columns);
    }

    fn position(&self) -> u32 {
        u32::try_from(self.text.len()).expect("a batch holds less than 4 GiB of text")
    }

    fn read(&self, cell: Cell) -> Value<'_> {
        match cell {
            Cell::Null => Value::Null,
            Cell::Integer(number) => Value::Integer(number),
            Cell::Text(start, end) => Value::Text(&self.text[start as usize..end as usize]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_in_order_and_read_as_written() {
        let mut batch = RowBatch::new(2);
        for row in 0..10 {
            batch.push(Value::Integer(row));
            batch.push(if row % 2 == 0 {
                Value::Text("even")
            } else {
                Value::Null
            });
        }
        batch.push(Value::Integer(99));
        batch.abandon_row(1);
        batch.retain(|batch, row| batch.integer(row, 0) % 3 == 0);
        let rows: Vec<Vec<_>> = (0..batch.len())
            .map(|row| batch.row(row).collect())
            .collect();
        let expected = [
            (0, Value::Text("even")),
            (3, Value::Null),
            (6, Value::Text("even")),
            (9, Value::Null),
        ];
        let expected: Vec<_> = expected
            .map(|(key, text)| vec![Value::Integer(key), text])
            .into();
        assert_eq!(rows, expected);
    }
}
