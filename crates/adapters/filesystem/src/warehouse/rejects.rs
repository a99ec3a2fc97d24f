//! Rejected rows.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use warehouse_domain::dictionary::Table;
use warehouse_domain::reason::Rejection;
use warehouse_ports::{FileError, RejectLog, RejectWriter};

/// `{table}.csv` in a folder, both created at the first rejection: file, row, column, value, reason
/// and the original row, with a header.
#[derive(Clone, Debug)]
pub struct RejectFolder(PathBuf);

impl RejectFolder {
    /// Rejected rows go to `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

impl RejectLog for RejectFolder {
    fn create(&self, table: &Table, file: &str) -> Result<Box<dyn RejectWriter>, FileError> {
        remove_unfinished(&self.0);
        Ok(Box::new(CsvWriter {
            folder: self.0.clone(),
            path: self.0.join(format!("{}.csv", table.name())),
            file: file.to_owned(),
            writer: None,
        }))
    }
}

struct CsvWriter {
    folder: PathBuf,
    path: PathBuf,
    file: String,
    /// Present from the first rejection on.
    writer: Option<csv::Writer<NamedTempFile>>,
}

impl CsvWriter {
    fn write(&mut self, rejection: &Rejection) -> io::Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(begin(&self.folder)?),
        };
        for fault in &rejection.faults {
            writer.write_record([
                &self.file,
                &rejection.row.to_string(),
                fault.column.as_deref().unwrap_or_default(),
                &fault.value,
                &fault.reason.to_string(),
                &rejection.original,
            ])?;
        }
        Ok(())
    }

    fn failure(&self, error: &io::Error) -> FileError {
        FileError(format!(
            "the rejected rows cannot be written to {}: {error}; check the folder and its disk",
            self.path.display()
        ))
    }
}

/// How the name of a temporary file starts.
const UNFINISHED: &str = ".unfinished-";

/// Removes the temporary files of processes that were killed: those that nobody has locked. What
/// cannot be removed does no harm.
fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        let is_left = |file: fs::File| file.try_lock().is_ok();
        if is_unfinished && fs::File::open(entry.path()).is_ok_and(is_left) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A temporary file beside the final one, so that no one sees a partial log.
fn begin(folder: &Path) -> io::Result<csv::Writer<NamedTempFile>> {
    fs::create_dir_all(folder)?;
    let file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    file.as_file().lock()?;
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(["file", "row", "column", "value", "reason", "original"])?;
    Ok(writer)
}

fn publish(writer: csv::Writer<NamedTempFile>, path: &Path) -> io::Result<()> {
    let file = writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

impl RejectWriter for CsvWriter {
    fn add(&mut self, rejection: &Rejection) -> Result<(), FileError> {
        self.write(rejection).map_err(|error| self.failure(&error))
    }

    fn finish(mut self: Box<Self>) -> Result<Option<PathBuf>, FileError> {
        let done = match self.writer.take() {
            Some(writer) => publish(writer, &self.path).map(|()| true),
            None => match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(false),
            },
        };
        match done {
            Ok(written) => Ok(written.then_some(self.path)),
            Err(error) => Err(self.failure(&error)),
        }
    }
}
