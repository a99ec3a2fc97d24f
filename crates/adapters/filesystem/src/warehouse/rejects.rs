//! Rejected rows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use warehouse_domain::dictionary::Table;
use warehouse_domain::reason::Rejection;
use warehouse_ports::{FileError, RejectLog, RejectWriter};

use crate::partial::Partial;

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
        let path = self.0.join(format!("{}.csv", table.name()));
        // What cannot be removed does no harm.
        let _ = Partial::reclaim(path.clone());
        Ok(Box::new(CsvWriter {
            path,
            file: file.to_owned(),
            writer: None,
        }))
    }
}

struct CsvWriter {
    path: PathBuf,
    file: String,
    /// Present from the first rejection on.
    writer: Option<csv::Writer<Partial>>,
}

impl CsvWriter {
    fn write(&mut self, rejection: &Rejection) -> io::Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(begin(&self.path)?),
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

/// The log under its temporary name, so that no one sees a part of it.
fn begin(path: &Path) -> io::Result<csv::Writer<Partial>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut writer = csv::Writer::from_writer(Partial::begin(path.to_owned())?);
    writer.write_record(["file", "row", "column", "value", "reason", "original"])?;
    Ok(writer)
}

fn publish(writer: csv::Writer<Partial>) -> io::Result<()> {
    let file = writer.into_inner();
    file.map_err(|error| io::Error::other(error.to_string()))?
        .finish()
}

impl RejectWriter for CsvWriter {
    fn add(&mut self, rejection: &Rejection) -> Result<(), FileError> {
        self.write(rejection).map_err(|error| self.failure(&error))
    }

    fn finish(mut self: Box<Self>) -> Result<Option<PathBuf>, FileError> {
        let done = match self.writer.take() {
            Some(writer) => publish(writer).map(|()| true),
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
