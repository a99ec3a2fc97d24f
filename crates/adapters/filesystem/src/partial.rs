//! An unfinished file: written under a temporary name, then renamed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Suffix of an unfinished file's name, which is also prefixed with a dot.
const ENDING: &str = ".partial";

/// Whether a file of that name is unfinished.
pub(crate) fn is_partial(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(ENDING)
}

/// An unfinished file. Removed when it is dropped.
///
/// Its name is derived from the object's, so that the leftover of a crash is overwritten when the
/// same object is written again. A lock, which is released when its process dies, keeps two writers
/// apart.
#[derive(Debug)]
pub(crate) struct Partial {
    file: File,
    path: PathBuf,
    target: PathBuf,
    finished: bool,
}

impl Partial {
    /// Creates the file that will become `target`, whose folder must exist.
    pub(crate) fn begin(target: PathBuf) -> Result<Self> {
        let path = partial(&target)?;
        loop {
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .custom_flags(libc::O_NOFOLLOW)
                .open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let busy = "another run is writing it at this moment";
                    return Err(Error::new(ErrorKind::ResourceBusy, busy));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Its former owner may have renamed or removed it before we got the lock.
            if !is_still_at(&path, &file)? {
                continue;
            }
            file.set_len(0)?;
            return Ok(Self {
                file,
                path,
                target,
                finished: false,
            });
        }
    }

    /// Removes what a killed process left of `target`, if anything.
    pub(crate) fn reclaim(target: PathBuf) -> Result<()> {
        if !partial(&target)?.try_exists()? {
            return Ok(());
        }
        match Self::begin(target) {
            Err(error) if error.kind() != ErrorKind::ResourceBusy => Err(error),
            // Dropping it removes it; or it is still in use.
            _ => Ok(()),
        }
    }

    /// The open file.
    pub(crate) const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// The temporary path of the bytes until all of them are there.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames the file durably, not only in the cache: a record is acknowledged once it would
    /// survive a power failure.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        self.finished = true;
        let folder = self.target.parent().ok_or(ErrorKind::InvalidFilename)?;
        File::open(folder)?.sync_all()
    }
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.finished {
            // If it cannot be removed, it remains a recognisable leftover.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The path of an unfinished `target`.
fn partial(target: &Path) -> Result<PathBuf> {
    let name = target.file_name().ok_or(ErrorKind::InvalidFilename)?;
    let mut partial = std::ffi::OsString::from(".");
    partial.push(name);
    partial.push(ENDING);
    Ok(target.with_file_name(partial))
}

fn is_still_at(path: &Path, file: &File) -> Result<bool> {
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
