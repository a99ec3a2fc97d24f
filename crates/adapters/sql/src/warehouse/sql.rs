//! SQL in each database's dialect. Names come from the dictionary but are quoted all the same.

mod transaction;

use std::fmt::Write;

use warehouse_domain::dictionary::{Field, Kind, Table};

pub(super) use transaction::Purpose;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
    Mysql,
}

impl Dialect {
    pub(super) fn quote(self, name: &str) -> String {
        match self {
            Self::Mysql => format!("`{name}`"),
            Self::Sqlite | Self::Postgres => format!("\"{name}\""),
        }
    }

    fn place(self, number: usize) -> String {
        match self {
            Self::Postgres => format!("${number}"),
            Self::Sqlite | Self::Mysql => "?".to_owned(),
        }
    }

    /// All texts collate by their bytes, as timestamps, which are stored as text, require.
    fn column_type(self, field: &Field) -> String {
        match (self, field.kind) {
            (Self::Mysql, Kind::Integer { .. }) => "INT".to_owned(),
            (_, Kind::Integer { .. }) => "INTEGER".to_owned(),
            (Self::Sqlite, _) => "TEXT".to_owned(),
            (Self::Postgres, _) => "TEXT COLLATE \"C\"".to_owned(),
            (Self::Mysql, Kind::Text { limit }) => {
                format!("VARCHAR({limit}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
            }
            // 9999-12-31T23:59:59.999999999Z
            (Self::Mysql, Kind::DateTime) => {
                "VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin".to_owned()
            }
        }
    }

    /// Creates the table unless another process has done so.
    pub(super) fn create(self, table: &Table) -> String {
        let fields = table.fields().iter().enumerate().map(|(at, field)| {
            let (name, kind) = (self.quote(field.name.as_str()), self.column_type(field));
            let null = if field.nullable { "" } else { " NOT NULL" };
            let key = if at == table.key() {
                " PRIMARY KEY"
            } else {
                ""
            };
            format!("{name} {kind}{null}{key}")
        });
        let fields = fields.collect::<Vec<_>>().join(", ");
        let options = match self {
            Self::Sqlite => " STRICT",
            Self::Postgres => "",
            Self::Mysql => " ENGINE=InnoDB",
        };
        let name = self.quote(table.name().as_str());
        format!("CREATE TABLE IF NOT EXISTS {name} ({fields}){options}")
    }

    pub(super) fn columns(self, table: &Table) -> String {
        let names = table
            .fields()
            .iter()
            .map(|field| self.quote(field.name.as_str()));
        names.collect::<Vec<_>>().join(", ")
    }

    /// A page of rows from a key on. Parameters: the key and the number of rows.
    pub(super) fn page(self, table: &Table) -> String {
        let key = self.quote(table.key_name().as_str());
        format!(
            "SELECT {} FROM {} WHERE {key} >= {} ORDER BY {key} LIMIT {}",
            self.columns(table),
            self.quote(table.name().as_str()),
            self.place(1),
            self.place(2),
        )
    }

    /// A page of rows after a key, skipping some. Parameters: the key, the number of rows, and the
    /// number to skip.
    pub(super) fn page_after(self, table: &Table) -> String {
        let key = self.quote(table.key_name().as_str());
        format!(
            "SELECT {} FROM {} WHERE {key} > {} ORDER BY {key} LIMIT {} OFFSET {}",
            self.columns(table),
            self.quote(table.name().as_str()),
            self.place(1),
            self.place(2),
            self.place(3),
        )
    }

    /// Returns all rows in COPY's binary format and in physical order: ordering by key would read
    /// them through the index, which takes half as long again.
    pub(super) fn copy_out(self, table: &Table) -> String {
        format!(
            "COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)",
            self.columns(table),
            self.quote(table.name().as_str())
        )
    }

    pub(super) fn count(self, table: &Table) -> String {
        format!("SELECT count(*) FROM {}", self.quote(table.name().as_str()))
    }

    pub(super) fn keys(self, table: &Table) -> String {
        let key = self.quote(table.key_name().as_str());
        format!("SELECT {key} FROM {}", self.quote(table.name().as_str()))
    }

    /// Those of the keys that exist in the table.
    pub(super) fn keys_among(self, table: &Table, keys: impl Iterator<Item = i32>) -> String {
        let mut sql = self.keys(table);
        let _ = write!(sql, " WHERE {} IN (", self.quote(table.key_name().as_str()));
        for (at, key) in keys.enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(sql, "{comma}{key}");
        }
        sql + ")"
    }

    /// The number of rows of `other` whose field `column` holds a key that `table` does not have.
    pub(super) fn dangling(self, other: &Table, column: usize, table: &Table) -> String {
        let field = self.quote(other.fields()[column].name.as_str());
        format!(
            "SELECT count(*) FROM {} AS o WHERE o.{field} IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM {} AS t WHERE t.{} = o.{field})",
            self.quote(other.name().as_str()),
            self.quote(table.name().as_str()),
            self.quote(table.key_name().as_str()),
        )
    }

    /// Receives rows in COPY's text format.
    pub(super) fn copy(self, table: &Table) -> String {
        let name = self.quote(table.name().as_str());
        format!("COPY {name} ({}) FROM STDIN", self.columns(table))
    }

    pub(super) fn delete(self, table: &Table) -> String {
        format!("DELETE FROM {}", self.quote(table.name().as_str()))
    }

    /// Inserts `rows` rows, with all values bound.
    pub(super) fn insert(self, table: &Table, rows: usize) -> String {
        let places = vec!["?"; table.fields().len()].join(",");
        format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.quote(table.name().as_str()),
            self.columns(table),
            vec![format!("({places})"); rows].join(","),
        )
    }

    /// The hires of a year by department, job and month. Parameters: the first moment of the year
    /// and that of the next.
    pub(super) fn hires(self) -> String {
        format!(
            "SELECT department_id, job_id, substr(hiring_date, 6, 2) AS month, count(*) AS hired \
             FROM employees WHERE hiring_date >= {} AND hiring_date < {} \
             GROUP BY department_id, job_id, month",
            self.place(1),
            self.place(2),
        )
    }

    pub(super) fn insert_load(self) -> String {
        let places: Vec<_> = (1..=7).map(|number| self.place(number)).collect();
        format!(
            "INSERT INTO warehouse_loads (table_name, digest, file_name, rows_loaded, \
             rows_rejected, reasons, loaded_at) VALUES ({})",
            places.join(", ")
        )
    }

    pub(super) fn loads(self) -> String {
        format!(
            "SELECT digest, file_name, rows_loaded, rows_rejected, reasons, loaded_at \
             FROM warehouse_loads WHERE table_name = {} ORDER BY loaded_at DESC, digest",
            self.place(1)
        )
    }

    pub(super) fn forget_loads(self) -> String {
        let place = self.place(1);
        format!("DELETE FROM warehouse_loads WHERE table_name = {place}")
    }

    pub(super) fn forget_requests(self) -> String {
        let place = self.place(1);
        format!("DELETE FROM warehouse_requests WHERE created_at < {place}")
    }

    /// Affects no row if the key exists.
    pub(super) fn insert_request(self) -> String {
        let places: Vec<_> = (1..=3).map(|number| self.place(number)).collect();
        let (verb, conflict) = match self {
            Self::Mysql => ("INSERT IGNORE", ""),
            Self::Sqlite | Self::Postgres => ("INSERT", " ON CONFLICT DO NOTHING"),
        };
        format!(
            "{verb} INTO warehouse_requests (request_key, digest, created_at, outcome) \
             VALUES ({}, ''){conflict}",
            places.join(", ")
        )
    }

    pub(super) fn request(self) -> String {
        let place = self.place(1);
        format!("SELECT digest, outcome FROM warehouse_requests WHERE request_key = {place}")
    }

    pub(super) fn keep_outcome(self) -> String {
        format!(
            "UPDATE warehouse_requests SET outcome = {} WHERE request_key = {}",
            self.place(1),
            self.place(2)
        )
    }
}
