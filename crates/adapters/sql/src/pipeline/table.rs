//! The tables' definitions, and comparison with existing tables.

use std::fmt::Display;

use pipeline_domain::source::{Kind, Source, feature_name};
use pipeline_ports::PortError;

/// A database's names of its types.
pub(crate) struct Types {
    pub(crate) integer: &'static str,
    pub(crate) real: &'static str,
    pub(crate) text: &'static str,
    pub(crate) bytes: &'static str,
}

/// The expected form of a table.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    kind: &'static str,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Part of the primary key.
    Key,
    Required,
    Nullable,
}

/// A column of an existing table.
pub(crate) struct ExistingTable {
    pub(crate) name: String,
    /// One of [`Types`], or anything else.
    pub(crate) kind: String,
    pub(crate) is_key: bool,
    pub(crate) is_required: bool,
}

/// The table of journals.
pub(crate) const JOURNAL: &str = "landing_journal";

impl Table {
    /// All tables.
    pub(crate) fn all(types: &Types) -> [Self; 4] {
        let [first, second, third] = Source::ALL.map(|source| Self::of(source, types));
        [first, second, third, Self::journal(types)]
    }

    fn of(source: Source, types: &Types) -> Self {
        let mut columns = vec![Column {
            name: "id".to_owned(),
            kind: types.integer,
            role: Role::Key,
        }];
        columns.extend(
            source
                .features()
                .iter()
                .enumerate()
                .map(|(index, kind)| Column {
                    name: feature_name(index),
                    kind: match kind {
                        Kind::Integer => types.integer,
                        Kind::Real => types.real,
                    },
                    role: Role::Nullable,
                }),
        );
        Self {
            name: source.table(),
            columns,
        }
    }

    fn journal(types: &Types) -> Self {
        let columns = [
            ("topic", types.text, Role::Key),
            ("partition_number", types.integer, Role::Key),
            ("base_offset", types.integer, Role::Required),
            ("created", types.integer, Role::Required),
            ("landed", types.bytes, Role::Required),
        ];
        Self {
            name: JOURNAL,
            columns: columns
                .map(|(name, kind, role)| Column {
                    name: name.to_owned(),
                    kind,
                    role,
                })
                .into(),
        }
    }

    /// The statement that creates it.
    pub(crate) fn create(&self) -> String {
        let columns = self.columns.iter().map(|column| {
            let null = match column.role {
                Role::Nullable => "",
                Role::Key | Role::Required => " NOT NULL",
            };
            format!("{} {}{null}", column.name, column.kind)
        });
        let key = self.columns.iter().filter(|it| it.role == Role::Key);
        format!(
            "CREATE TABLE {} ({}, PRIMARY KEY ({}))",
            self.name,
            columns.collect::<Vec<_>>().join(", "),
            key.map(|it| it.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        )
    }

    /// How the existing table of this name differs, if it does.
    pub(crate) fn mismatch(&self, found: &[ExistingTable]) -> Option<String> {
        let named = |name: &str| found.iter().find(|it| it.name == name);
        let wrong = self.columns.iter().find_map(|column| {
            let name = &column.name;
            let Some(found) = named(name) else {
                return Some(format!("it has no column {name}"));
            };
            if found.kind != column.kind {
                let (kind, allowed) = (&found.kind, column.kind);
                return Some(format!(
                    "its column {name} has type {kind}, expected {allowed}"
                ));
            }
            match (column.role, found.is_key) {
                (Role::Key, false) => Some(format!("its column {name} is not in the primary key")),
                (Role::Required | Role::Nullable, true) => {
                    Some(format!("its column {name} is in the primary key"))
                }
                (Role::Nullable, false) if found.is_required => {
                    Some(format!("its column {name} may not be null"))
                }
                _ => None,
            }
        });
        let unknown = || {
            found
                .iter()
                .find(|found| self.columns.iter().all(|column| column.name != found.name))
                .map(|found| format!("it has a column {}", found.name))
        };
        wrong.or_else(unknown)
    }
}

/// The error for an existing table that does not match.
pub(crate) fn refusal(database: impl Display, mismatch: &str) -> PortError {
    PortError::refused(format!(
        "{database} has a table that does not fit: {mismatch}; rename it, or name another database"
    ))
}

/// The `INSERT` statement for a source's rows, up to the values.
pub(crate) fn insert_into(source: Source) -> String {
    let features = (0..source.features().len()).map(feature_name);
    format!(
        "INSERT INTO {} (id, {})",
        source.table(),
        features.collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: Types = Types {
        integer: "whole",
        real: "real",
        text: "text",
        bytes: "bytes",
    };

    fn as_created(table: &Table) -> Vec<ExistingTable> {
        let found = table.columns.iter().map(|column| ExistingTable {
            name: column.name.clone(),
            kind: column.kind.to_owned(),
            is_key: column.role == Role::Key,
            is_required: column.role != Role::Nullable,
        });
        found.collect()
    }

    #[test]
    fn a_table_as_it_was_created_is_fine_in_any_order_of_its_columns() {
        for table in Table::all(&TYPES) {
            let mut found = as_created(&table);
            found.reverse();
            assert_eq!(table.mismatch(&found), None, "{}", table.name);
        }
    }

    #[test]
    fn another_table_is_described_by_what_is_wrong_with_it() {
        type Change = fn(&mut Vec<ExistingTable>);
        let changes: [(Change, &str); 6] = [
            (|it| drop(it.remove(3)), "it has no column feature3"),
            (
                |it| it[5].kind = "text".to_owned(),
                "its column feature5 has type text, expected real",
            ),
            (
                |it| it[0].is_key = false,
                "its column id is not in the primary key",
            ),
            (
                |it| it[1].is_key = true,
                "its column feature1 is in the primary key",
            ),
            (
                |it| it[1].is_required = true,
                "its column feature1 may not be null",
            ),
            (
                |it| it[1].name = "colour".to_owned(),
                "it has no column feature1",
            ),
        ];
        let table = Table::of(Source::Second, &TYPES);
        for (change, mismatch) in changes {
            let mut found = as_created(&table);
            change(&mut found);
            assert_eq!(table.mismatch(&found).as_deref(), Some(mismatch));
        }
        let mut found = as_created(&table);
        found.push(ExistingTable {
            name: "colour".to_owned(),
            kind: "text".to_owned(),
            is_key: false,
            is_required: false,
        });
        let mismatch = table.mismatch(&found);
        assert_eq!(mismatch.as_deref(), Some("it has a column colour"));
    }
}
