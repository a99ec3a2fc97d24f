//! Verifies a run's records at the end of a pipeline.

use std::sync::Arc;

use emulator_domain::plan::Format;
use emulator_domain::verification::{Damage, RecordLocation, VerificationReport};
use emulator_ports::{Encoders, ObjectSource, TableError, TableSource};

use super::rows::RowRun;
use super::{Delivered, Progress, VerifyError, unacknowledged};

/// Where the rows are.
#[derive(Clone)]
pub enum Tables {
    /// In all Parquet objects whose names begin with `prefix`.
    Objects {
        /// The store.
        source: Arc<dyn ObjectSource>,
        /// The bucket or folder.
        container: String,
        /// The prefix of the names.
        prefix: String,
    },
    /// In one table.
    Table(Arc<dyn TableSource>),
}

/// Verifies that the rows are the run's, each once and unchanged, in any order. `names` maps fields
/// to columns with other names; `None` excludes a field from the comparison. Blocks its thread as
/// [`verify`](super::verify) does.
///
/// # Errors
/// If the rows cannot be read, lack columns for fields, or do not identify their records.
pub async fn verify_tables(
    run: &Delivered,
    tables: &Tables,
    names: &[(String, Option<String>)],
    encoders: &dyn Encoders,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<VerificationReport, VerifyError> {
    let unacknowledged = unacknowledged(run)?;
    let mut rows = RowRun::new(run, unacknowledged, names, progress)?;
    match tables {
        Tables::Table(table) => {
            let mut place = RecordLocation::table(table.name());
            let mut reader = table.open(&rows.columns).await.map_err(unreadable)?;
            rows.read(&mut *reader, &mut place, |_| None).await?;
            rows.verification.close(place);
        }
        Tables::Objects {
            source,
            container,
            prefix,
        } => {
            let format = encoders.table_format(Format::Parquet);
            let format = format.expect("objects of Parquet are tables");
            let files = files(&**source, container, prefix).await?;
            for name in files {
                let mut place = RecordLocation::table(&*name);
                let opened = format.open(source.clone(), container, &name, &rows.columns);
                match opened.await {
                    Ok(Some(mut reader)) => {
                        let constant = |column: &str| of_partition(&name, column);
                        rows.read(&mut *reader, &mut place, constant).await?;
                    }
                    Ok(None) => place.absent = true,
                    Err(TableError::Damaged(why)) => {
                        tracing::warn!(why, "an object cannot be read as a table");
                        place.damaged(Damage::Block);
                    }
                    Err(error) => return Err(unreadable(error)),
                }
                rows.verification.close(place);
            }
        }
    }
    Ok(rows.verification.finish())
}

fn unreadable(error: TableError) -> VerifyError {
    match error {
        TableError::Unreadable(error) => error.into(),
        TableError::Damaged(why) => VerifyError::Unverifiable(why),
    }
}

/// The names of the files of a table. Names that begin with a dot or an underscore are metadata of
/// the writer and are skipped.
async fn files(
    source: &dyn ObjectSource,
    container: &str,
    prefix: &str,
) -> Result<Vec<String>, VerifyError> {
    let mut files = Vec::new();
    let mut found = |name: &str| {
        let is_note = name.split('/').any(|part| part.starts_with(['.', '_']));
        if !is_note && name.ends_with(".parquet") {
            files.push(name.to_owned());
        }
    };
    source.list(container, prefix, &mut found).await?;
    if files.is_empty() {
        return Err(VerifyError::Unverifiable(format!(
            "there is no object whose name begins with '{prefix}' and ends with .parquet in {container}"
        )));
    }
    files.sort_unstable();
    Ok(files)
}

/// The value that a partition folder, `column=value`, gives for a column.
fn of_partition(name: &str, column: &str) -> Option<Option<String>> {
    let folders = name.rsplit_once('/')?.0.split('/');
    let mut values = folders.filter_map(|folder| folder.strip_prefix(column)?.strip_prefix('='));
    let value = values.next()?;
    Some((value != "__HIVE_DEFAULT_PARTITION__").then(|| decoded(value)))
}

/// Decodes `%3A` and the like.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_partitions_are_columns() {
        let name = "t/location=DE/day=2026-01-01 10%3A00/x=__HIVE_DEFAULT_PARTITION__/a=b.parquet";
        for (column, expected) in [
            ("location", Some(Some("DE"))),
            ("day", Some(Some("2026-01-01 10:00"))),
            ("x", Some(None)),
            ("a", None),
            ("loc", None),
        ] {
            let found = of_partition(name, column);
            assert_eq!(found.as_ref().map(Option::as_deref), expected, "{column}");
        }
    }
}
