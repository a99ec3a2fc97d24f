//! How transactions begin and what they lock; the schema of existing tables.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};
use warehouse_domain::dictionary::Table;

use super::Dialect;

/// Advisory lock: processes that start together create tables one after the other. The number is
/// arbitrary.
const TURN: i64 = 0x7761_7265_686f_7573;

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::warehouse) enum Purpose {
    /// Creating the table.
    Create,
    /// Writing rows while nobody else writes any. Readers do not wait.
    Load,
    /// Writing rows concurrently with others.
    Insert,
}

impl Dialect {
    /// Begins a transaction that sees the tables of the reports in a single snapshot.
    pub(in crate::warehouse) fn snapshot(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            // Otherwise a table may be replaced between two queries.
            Self::Postgres => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                 LOCK TABLE departments, jobs, employees IN ACCESS SHARE MODE"
            }
            Self::Mysql => "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        }
    }

    pub(in crate::warehouse) fn begin(self, purpose: Purpose) -> &'static str {
        match (self, purpose) {
            // A transaction that has read first could no longer write.
            (Self::Sqlite, _) => "BEGIN IMMEDIATE",
            // Otherwise a second query would return the snapshot of the first.
            (Self::Mysql, Purpose::Insert) => {
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION"
            }
            (Self::Postgres | Self::Mysql, _) => "START TRANSACTION",
        }
    }

    /// What the transaction must do first.
    pub(in crate::warehouse) fn lock(self, purpose: Purpose, table: &Table) -> Option<String> {
        let name = table.name();
        let row = format!(
            "SELECT table_name FROM warehouse_locks WHERE table_name = '{name}' FOR UPDATE"
        );
        match (self, purpose) {
            (Self::Sqlite, _) | (Self::Postgres, Purpose::Insert) => None,
            (Self::Postgres, Purpose::Create) => {
                Some(format!("SELECT pg_advisory_xact_lock({TURN})"))
            }
            (Self::Postgres, Purpose::Load) => {
                let name = self.quote(name.as_str());
                Some(format!("LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))
            }
            (Self::Mysql, Purpose::Create) => Some(format!(
                "INSERT IGNORE INTO warehouse_locks (table_name) VALUES ('{name}')"
            )),
            (Self::Mysql, Purpose::Load) => Some(row),
            (Self::Mysql, Purpose::Insert) => Some(row.replace("FOR UPDATE", "LOCK IN SHARE MODE")),
        }
    }

    /// The columns of a table, whose name is the parameter: name, type (`integer`, `text` or the
    /// database's own name), maximum number of characters, and whether it is nullable and the key.
    pub(in crate::warehouse) fn describe(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT name, lower(type), NULL, \"notnull\" = 0, pk != 0 FROM pragma_table_info(?)"
            }
            Self::Postgres => {
                "SELECT a.attname::text, format_type(a.atttypid, NULL), NULL::bigint, \
                        (NOT a.attnotnull)::int::bigint, \
                        coalesce(a.attnum = ANY(i.indkey), false)::int::bigint \
                 FROM pg_attribute a \
                 LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
                 WHERE a.attrelid = to_regclass(quote_ident($1)) AND a.attnum > 0 \
                   AND NOT a.attisdropped \
                 ORDER BY a.attnum"
            }
            // The columns of information_schema are texts of several types.
            Self::Mysql => {
                "SELECT CAST(column_name AS CHAR), \
                        CAST(CASE WHEN data_type = 'int' THEN 'integer' \
                                  WHEN data_type IN ('varchar', 'text', 'mediumtext', 'longtext') \
                                  THEN 'text' ELSE data_type END AS CHAR), \
                        CAST(character_maximum_length AS SIGNED), is_nullable = 'YES', \
                        column_key = 'PRI' \
                 FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position"
            }
        }
    }

    /// Migrations of the tables that are not in the dictionary.
    pub(in crate::warehouse) fn migrator(self) -> Migrator {
        let mut texts = vec![(
            "loads and requests",
            include_str!("../migrations/0001_loads_and_requests.sql"),
        )];
        if self == Self::Mysql {
            texts.push((
                "table locks",
                include_str!("../migrations/0002_table_locks_mysql.sql"),
            ));
        }
        let migrations = texts.into_iter().zip(1..).map(|((name, sql), version)| {
            let sql = AssertSqlSafe(sql).into_sql_str();
            Migration::new(version, name.into(), MigrationType::Simple, sql, false)
        });
        let mut migrator = Migrator::with_migrations(migrations.collect());
        migrator.dangerous_set_table_name("warehouse_migrations");
        migrator
    }
}
