//! The file: opened whole, or left as it is.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use emulator_domain::GENERATOR_VERSION;
use emulator_domain::emulation::{Emulation, Outcome};
use redb::{Builder, Database, ReadableDatabase};

use crate::failure::{FileError, OpenError};
use crate::tables::{self, Keep};

/// What is done about a file that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDamage {
    /// Nothing: it is an error.
    Fail,
    /// It is renamed to `emulations.redb.damaged-<unix seconds>`, and a new one begun.
    SetAside,
}

const FILE: &str = "emulations.redb";
const CACHE_BYTES: usize = 4 << 20;

/// A folder that this process alone has, and the path of the file in it.
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// Locked for as long as this lives.
    _lock: File,
}

/// What an examination has found.
struct Examined {
    /// Whether the file was not closed and its last commits had to be sorted out.
    repaired: bool,
    /// Unfinished runs that another version of the generator began.
    foreign: Vec<Emulation>,
}

/// Takes the folder and opens the file in it, new if there is none.
pub(crate) fn open(
    folder: &Path,
    keep: Keep,
    on_damage: OnDamage,
) -> Result<(Place, Database), OpenError> {
    let place = take(folder)?;
    let path = &place.path;
    let mut foreign = Vec::new();
    if exists(path)? {
        match examine(path) {
            Ok(examined) => foreign = examined.foreign,
            Err(error @ OpenError::Damaged { .. }) if on_damage == OnDamage::SetAside => {
                let aside = set_aside(path)?;
                tracing::error!(%error, aside = %aside.display(), "beginning without earlier runs");
            }
            Err(error) => return Err(error),
        }
    }
    let open = || {
        if !path.exists() {
            create(path)?;
        }
        let database = database(path)?;
        fail_foreign(&database, foreign, keep)?;
        Ok(database)
    };
    match open() {
        Ok(database) => Ok((place, database)),
        Err(error) => Err(explained(path, "written", error)),
    }
}

/// Opens the file.
pub(crate) fn database(path: &Path) -> Result<Database, FileError> {
    Ok(Builder::new().set_cache_size(CACHE_BYTES).open(path)?)
}

/// Makes sure that the folder is there and belongs to no other process.
fn take(folder: &Path) -> Result<Place, OpenError> {
    fs::create_dir_all(folder).map_err(|error| OpenError::refused(folder, "made", error))?;
    let path = folder.join("emulations.lock");
    let refused = |error| OpenError::refused(&path, "written", error);
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(refused)?;
    match lock.try_lock() {
        Ok(()) => Ok(Place {
            path: folder.join(FILE),
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
fn create(path: &Path) -> Result<(), FileError> {
    let new = beside(path, "new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let database = Builder::new().set_cache_size(CACHE_BYTES).create(&new)?;
    let transaction = database.begin_write()?;
    tables::make(&transaction)?;
    transaction.commit()?;
    drop(database);
    fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Reads and checks everything, on a copy: what opens a file may change it.
fn examine(path: &Path) -> Result<Examined, OpenError> {
    let copy = beside(path, "examined");
    fs::copy(path, &copy).map_err(|error| OpenError::refused(path, "copied beside it", error))?;
    // The library takes some damage for its own mistakes and panics.
    let examined = catch_unwind(AssertUnwindSafe(|| examine_copy(&copy)))
        .unwrap_or_else(|_| Err(FileError::Damaged("it cannot be read at all".to_owned())));
    let removed = fs::remove_file(&copy);
    let examined = examined.map_err(|error| explained(path, "examined", error))?;
    removed.map_err(|error| OpenError::refused(&copy, "removed", error))?;
    if examined.repaired {
        let before = beside(path, "before-repair");
        fs::copy(path, &before)
            .map_err(|error| OpenError::refused(path, "copied beside it", error))?;
        tracing::warn!(
            file = %path.display(), before = %before.display(),
            "the process before this one was killed: what it had begun to write is put in order"
        );
    }
    Ok(examined)
}

fn examine_copy(copy: &Path) -> Result<Examined, FileError> {
    let repaired = Arc::new(AtomicBool::new(false));
    let noted = repaired.clone();
    let mut database = Builder::new()
        .set_cache_size(CACHE_BYTES)
        .set_repair_callback(move |_| noted.store(true, Ordering::Relaxed))
        .open(copy)?;
    if !database.check_integrity()? {
        return Err(FileError::Damaged(
            "its checksums are not those of its content".to_owned(),
        ));
    }
    let foreign = tables::examine(&database.begin_read()?, GENERATOR_VERSION)?;
    Ok(Examined {
        repaired: repaired.load(Ordering::Relaxed),
        foreign,
    })
}

/// Runs that this generator would carry on with other records are ended.
fn fail_foreign(
    database: &Database,
    mut foreign: Vec<Emulation>,
    keep: Keep,
) -> Result<(), FileError> {
    if foreign.is_empty() {
        return Ok(());
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = emulator_domain::Timestamp::EARLIEST
        .moved(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
    for run in &mut foreign {
        let why = format!(
            "the run was begun by a release that makes other records from its plan; this one has \
             generator version {GENERATOR_VERSION} and cannot carry it on"
        );
        let mut counts = run.counts();
        counts.failed += counts.in_flight();
        run.progress(counts, run.checkpoint(), 0.0)
            .and_then(|()| run.finish(Outcome::Failed(why), now))
            .expect("only unfinished runs are foreign");
    }
    let transaction = database.begin_write()?;
    tables::write(&transaction, foreign.iter(), keep)?;
    transaction.commit()?;
    Ok(())
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

fn explained(path: &Path, action: &'static str, error: FileError) -> OpenError {
    match error {
        FileError::Io(error) => OpenError::refused(path, action, error),
        FileError::Damaged(why) => OpenError::Damaged {
            file: path.to_owned(),
            why,
        },
        FileError::Version(got) => OpenError::Version {
            file: path.to_owned(),
            got,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use emulator_domain::emulation::GlobalStatus;
    use emulator_ports::contract::repository::emulation;

    use super::*;

    const KEEP: Keep = Keep {
        finished: 10,
        age: Duration::from_secs(3600),
    };

    #[test]
    fn an_unfinished_run_of_another_generator_has_failed() {
        let folder = tempfile::tempdir().unwrap();
        let (place, database) = open(folder.path(), KEEP, OnDamage::Fail).unwrap();
        let (run, other) = (emulation(1, 1), emulation(2, 2));
        let transaction = database.begin_write().unwrap();
        tables::write(&transaction, [&run, &other].into_iter(), KEEP).unwrap();
        tables::tests::begun_by_another_generator(&transaction, run.id());
        transaction.commit().unwrap();
        drop((place, database));
        for _ in 0..2 {
            let (_place, database) = open(folder.path(), KEEP, OnDamage::Fail).unwrap();
            let transaction = database.begin_read().unwrap();
            let found = tables::find(&transaction, run.id()).unwrap().unwrap();
            assert_eq!(found.status(), GlobalStatus::Failed);
            assert!(found.error().unwrap().contains("generator version 1"));
            let found = tables::find(&transaction, other.id()).unwrap();
            assert_eq!(found, Some(other.clone()));
        }
    }
}
