//! The file: opened whole, or left as it is.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use redb::{Builder, Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use crate::failure::{FileError, OpenError};

/// What is done about a file that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDamage {
    /// Nothing: it is an error.
    Fail,
    /// It is renamed to `<name>.redb.damaged-<unix seconds>`, and a new one begun.
    SetAside,
}

/// What kind of file it is, and what an examination of one finds.
pub(crate) struct StoreLayout<T> {
    /// The file is `<name>.redb`, beside `<name>.lock`.
    pub(crate) name: &'static str,
    /// What may be held in memory of it.
    pub(crate) cache_bytes: usize,
    /// The version of its rows.
    pub(crate) version: u32,
    /// Makes the tables of a new one.
    pub(crate) make: fn(&WriteTransaction) -> Result<(), FileError>,
    /// Reads everything there is and whether it belongs together.
    pub(crate) examine: fn(&ReadTransaction) -> Result<T, FileError>,
}

/// A folder that this process alone has, and the path of the file in it.
pub(crate) struct FileLocation {
    pub(crate) path: PathBuf,
    /// Locked for as long as this lives.
    _lock: File,
}

/// Takes the folder and opens the file in it, new if there is none; with what an examination of an
/// old one has found.
pub(crate) fn open<T>(
    folder: &Path,
    layout: &StoreLayout<T>,
    on_damage: OnDamage,
) -> Result<(FileLocation, Database, Option<T>), OpenError> {
    let place = take(folder, layout.name)?;
    let path = &place.path;
    let mut found = None;
    if exists(path)? {
        match examine(path, layout) {
            Ok(examined) => found = Some(examined),
            Err(error @ OpenError::Damaged { .. }) if on_damage == OnDamage::SetAside => {
                let aside = set_aside(path)?;
                tracing::error!(
                    %error, aside = %aside.display(),
                    "the damaged file was set aside; starting without its state"
                );
            }
            Err(error) => return Err(error),
        }
    }
    let open = || {
        if !path.exists() {
            create(path, layout)?;
        }
        database(path, layout.cache_bytes)
    };
    match open() {
        Ok(database) => Ok((place, database, found)),
        Err(error) => Err(explained(path, "written", error, layout.version)),
    }
}

/// Opens the file.
pub(crate) fn database(path: &Path, cache_bytes: usize) -> Result<Database, FileError> {
    Ok(Builder::new().set_cache_size(cache_bytes).open(path)?)
}

/// Makes sure that the folder is there and belongs to no other process.
fn take(folder: &Path, name: &str) -> Result<FileLocation, OpenError> {
    fs::create_dir_all(folder).map_err(|error| OpenError::refused(folder, "made", error))?;
    let path = folder.join(format!("{name}.lock"));
    let refused = |error| OpenError::refused(&path, "written", error);
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(refused)?;
    match lock.try_lock() {
        Ok(()) => Ok(FileLocation {
            path: folder.join(format!("{name}.redb")),
            _lock: lock,
        }),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(refused(error)),
    }
}

fn exists(path: &Path) -> Result<bool, OpenError> {
    path.try_exists()
        .map_err(|error| OpenError::refused(path, "read", error))
}

/// Makes a new file, whole or not at all: whatever has its name and is not one is damage.
fn create<T>(path: &Path, layout: &StoreLayout<T>) -> Result<(), FileError> {
    let new = beside(path, "new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let database = Builder::new()
        .set_cache_size(layout.cache_bytes)
        .create(&new)?;
    let transaction = database.begin_write()?;
    (layout.make)(&transaction)?;
    transaction.commit()?;
    drop(database);
    fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Reads and checks everything, on a copy: what opens a file may change it.
fn examine<T>(path: &Path, layout: &StoreLayout<T>) -> Result<T, OpenError> {
    let copy = beside(path, "examined");
    fs::copy(path, &copy).map_err(|error| OpenError::refused(path, "copied beside it", error))?;
    // The library takes some damage for its own mistakes and panics.
    let examined = catch_unwind(AssertUnwindSafe(|| examine_copy(&copy, layout)))
        .unwrap_or_else(|_| Err(FileError::Damaged("it cannot be read at all".to_owned())));
    let removed = fs::remove_file(&copy);
    let (repaired, found) =
        examined.map_err(|error| explained(path, "examined", error, layout.version))?;
    removed.map_err(|error| OpenError::refused(&copy, "removed", error))?;
    if repaired {
        let before = beside(path, "before-repair");
        fs::copy(path, &before)
            .map_err(|error| OpenError::refused(path, "copied beside it", error))?;
        tracing::warn!(
            file = %path.display(), before = %before.display(),
            "the previous process was killed; the state that it was writing has been repaired, and \
             the file before the repair was kept"
        );
    }
    Ok(found)
}

/// What was found, and whether the file was not closed and its last commits had to be sorted out.
fn examine_copy<T>(copy: &Path, layout: &StoreLayout<T>) -> Result<(bool, T), FileError> {
    let repaired = Arc::new(AtomicBool::new(false));
    let noted = repaired.clone();
    let mut database = Builder::new()
        .set_cache_size(layout.cache_bytes)
        .set_repair_callback(move |_| noted.store(true, Ordering::Relaxed))
        .open(copy)?;
    if !database.check_integrity()? {
        return Err(FileError::Damaged(
            "its checksums are not those of its content".to_owned(),
        ));
    }
    let found = (layout.examine)(&database.begin_read()?)?;
    Ok((repaired.load(Ordering::Relaxed), found))
}

/// Renames the file to a name that is free.
fn set_aside(path: &Path) -> Result<PathBuf, OpenError> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut second = now.as_secs();
    loop {
        let aside = beside(path, &format!("damaged-{second}"));
        if !exists(&aside)? {
            fs::rename(path, &aside)
                .map_err(|error| OpenError::refused(path, "set aside", error))?;
            return Ok(aside);
        }
        second += 1;
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

pub(crate) fn explained(
    path: &Path,
    action: &'static str,
    error: FileError,
    reads: u32,
) -> OpenError {
    match error {
        FileError::Io(error) => OpenError::refused(path, action, error),
        FileError::Damaged(why) => OpenError::Damaged {
            file: path.to_owned(),
            why,
        },
        FileError::Version(got) => OpenError::Version {
            file: path.to_owned(),
            got,
            reads,
        },
    }
}
