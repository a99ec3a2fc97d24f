//! The source of `verify --from`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use adapter_filesystem::FolderStore;
use adapter_sql::open_table;
use emulator_application::verify_delivery::Tables;
use emulator_ports::ObjectSource;
use platform_runtime::program::WrongUse;
use secrecy::SecretString;

use crate::arguments::Target;
use crate::composition;
use crate::settings::ServiceSettings;

const EXPECTED: &str = "expected kafka, minio, file:DIR, parquet:DIR, parquet:s3://BUCKET/PREFIX, \
     postgres://USER:PASSWORD@HOST:PORT/DATABASE#TABLE or sqlite:FILE#TABLE";

/// The source that was named.
pub(super) enum From {
    /// A place to which runs deliver.
    Delivered(Target),
    /// Tables filled by the user's own pipeline, and their name for people.
    Tables(Tables, String),
}

/// Parses the source. Errors do not repeat the text, which may contain a password.
pub(super) fn parse(text: &str, settings: &ServiceSettings) -> anyhow::Result<From> {
    if let Some(place) = text.strip_prefix("parquet:") {
        let tables = match place.strip_prefix("s3://") {
            Some(place) => in_bucket(place, settings)?,
            None => in_folder(Path::new(place))?,
        };
        return Ok(From::Tables(tables, text.to_owned()));
    }
    // `postgres:URL#TABLE`, where the URL itself begins with `postgres:`.
    let url = match text.strip_prefix("postgres:") {
        Some(url) if url.starts_with("postgres") => url,
        _ => text,
    };
    if ["postgres:", "postgresql:", "sqlite:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        let (url, table) = url
            .rsplit_once('#')
            .filter(|(_, table)| !table.is_empty())
            .ok_or_else(|| {
                WrongUse(
                    "--from: no table is named; end the URL with #TABLE or #SCHEMA.TABLE"
                        .to_owned(),
                )
            })?;
        let table = open_table(&SecretString::from(url), table)
            .map_err(|error| WrongUse(format!("--from: {error}")))?;
        let place = table.name();
        return Ok(From::Tables(Tables::Table(table), place));
    }
    let target = Target::parse_source(text);
    Ok(From::Delivered(
        target.map_err(|_| WrongUse(format!("--from: {EXPECTED}")))?,
    ))
}

fn in_bucket(place: &str, settings: &ServiceSettings) -> anyhow::Result<Tables> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        return Err(WrongUse("--from: expected parquet:s3://BUCKET/PREFIX".to_owned()).into());
    }
    Ok(Tables::Objects {
        source: Arc::new(composition::minio_store(settings)?),
        container: bucket.to_owned(),
        prefix: prefix.to_owned(),
    })
}

/// A folder with everything in it, or a single file.
fn in_folder(path: &Path) -> anyhow::Result<Tables> {
    let wrong = |why: String| WrongUse(format!("--from parquet:{}: {why}", path.display()));
    let found = fs::canonicalize(path).map_err(|error| wrong(error.to_string()))?;
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    let (folder, prefix) = match found.is_file() {
        true => (found.parent(), name(&found)),
        false => (Some(&*found), Some(String::new())),
    };
    let parts = folder.and_then(|folder| Some((folder.parent()?, name(folder)?)));
    let (Some((parent, container)), Some(prefix)) = (parts, prefix) else {
        return Err(wrong("is no folder with a name in UTF-8".to_owned()).into());
    };
    let source: Arc<dyn ObjectSource> = Arc::new(FolderStore::new(parent.to_owned()));
    Ok(Tables::Objects {
        source,
        container,
        prefix,
    })
}
