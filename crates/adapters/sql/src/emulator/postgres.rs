//! A table of PostgreSQL, copied out as text.

use async_trait::async_trait;
use emulator_domain::record::FoundColumn;
use emulator_ports::{TableColumn, TableError, TableReader, TableSource};
use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use super::{Gathering, Rows, quoted, unreadable};

/// One text form for each value, and read-only.
const SESSION: &str = "SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO'; SET IntervalStyle TO 'iso_8601'; \
     SET extra_float_digits TO 3; SET default_transaction_read_only TO on";

pub(super) struct PostgresTable {
    options: PgConnectOptions,
    table: String,
}

impl PostgresTable {
    pub(super) fn new(options: PgConnectOptions, table: &str) -> Self {
        Self {
            // Copying a whole table takes long; that is no reason to log the statement as slow.
            options: options.disable_statement_logging(),
            table: table.to_owned(),
        }
    }

    async fn start(&self, columns: &[TableColumn]) -> Result<Rows, TableError> {
        let place = self.name();
        let told = |error| unreadable(&place, error);
        let mut connection = PgConnection::connect_with(&self.options)
            .await
            .map_err(told)?;
        connection.execute(SESSION).await.map_err(told)?;
        let names = sqlx::query_scalar::<_, String>(
            "SELECT attname::text FROM pg_attribute \
             WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
        );
        let names = names.bind(quoted(&self.table)).fetch_all(&mut connection);
        let names = names.await.map_err(told)?;
        Rows::start(place, (&self.table, &names), columns, |query, gathering| {
            copy(connection, query, gathering)
        })
    }
}

#[async_trait]
impl TableSource for PostgresTable {
    fn name(&self) -> String {
        let (options, table) = (&self.options, &self.table);
        let database = options.get_database().unwrap_or_default();
        format!(
            "{table} of database {database} at {}:{}",
            options.get_host(),
            options.get_port()
        )
    }

    async fn open(&self, columns: &[TableColumn]) -> Result<Box<dyn TableReader>, TableError> {
        Ok(Box::new(self.start(columns).await?))
    }
}

async fn copy(
    mut connection: PgConnection,
    query: String,
    mut gathering: Gathering,
) -> sqlx::Result<()> {
    let statement = format!("COPY ({query}) TO STDOUT");
    let mut pieces = connection.copy_out_raw(&statement).await?;
    let mut bytes = Vec::new();
    let mut text = String::new();
    while let Some(piece) = pieces.try_next().await? {
        bytes.extend_from_slice(&piece);
        let mut begun = 0;
        while let Some(len) = bytes[begun..].iter().position(|byte| *byte == b'\n') {
            row(&bytes[begun..begun + len], &mut gathering, &mut text);
            begun += len + 1;
            if !gathering.end_row().await {
                return Ok(());
            }
        }
        bytes.drain(..begun);
    }
    gathering.hand_on().await;
    Ok(())
}

/// A line in COPY's text format.
fn row(line: &[u8], gathering: &mut Gathering, text: &mut String) {
    let fields = line.split(|byte| *byte == b'\t');
    for (field, found) in fields.zip(gathering.values()) {
        value(field, found, text);
    }
}

fn value(field: &[u8], found: &mut FoundColumn, text: &mut String) {
    if field == b"\\N" {
        return found.push_null();
    }
    let Ok(plain) = std::str::from_utf8(field) else {
        return found.push_misfit();
    };
    if !field.contains(&b'\\') {
        return found.push_text(plain);
    }
    text.clear();
    let mut characters = plain.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next() {
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('v') => '\u{b}',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    found.push_text(text);
}
