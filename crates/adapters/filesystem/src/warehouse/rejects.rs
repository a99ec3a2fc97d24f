//! Rejected rows.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use warehouse_domain::dictionary::Table;
use warehouse_domain::reason::Rejection;
use warehouse_ports::{FileError, RejectLog, RejectWriter};

use crate::partial::Partial;

/// How many earlier logs of a table are kept.
const KEPT: usize = 10;

/// The time in the name of an earlier log.
const TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

/// `{table}.csv` in a folder, both created at the first rejection: file, row, column, value, reason
/// and the original row, with a header. Earlier ones are kept as `{table}-{time}.csv`, with the time
/// at which they were written.
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

fn publish(writer: csv::Writer<Partial>, path: &Path) -> io::Result<()> {
    let file = writer.into_inner();
    let file = file.map_err(|error| io::Error::other(error.to_string()))?;
    set_aside(path)?;
    file.finish()
}

/// Keeps the log of an earlier load under another name, and removes the oldest of these.
fn set_aside(path: &Path) -> io::Result<()> {
    let written = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?.modified()?,
    };
    let time = Timestamp::try_from(written).map_err(io::Error::other)?;
    let table = path.file_stem().and_then(OsStr::to_str);
    let (folder, table) = path
        .parent()
        .zip(table)
        .ok_or(io::ErrorKind::InvalidFilename)?;
    let name = format!("{table}-{}.csv", time.strftime(TIME));
    fs::rename(path, folder.join(name))?;
    let mut earlier = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| is_earlier(table, name)) {
            earlier.push(entry.path());
        }
    }
    // By time, as that is what their names differ in.
    earlier.sort();
    for old in earlier.iter().rev().skip(KEPT) {
        // What cannot be removed does no harm.
        let _ = fs::remove_file(old);
    }
    Ok(())
}

/// Whether a file is an earlier log of the table, and not one that somebody has put beside them.
fn is_earlier(table: &str, name: &str) -> bool {
    let rest = name
        .strip_prefix(table)
        .and_then(|rest| rest.strip_prefix('-'));
    let time = rest.and_then(|rest| rest.strip_suffix(".csv"));
    time.is_some_and(|time| DateTime::strptime(TIME, time).is_ok())
}

impl RejectWriter for CsvWriter {
    fn add(&mut self, rejection: &Rejection) -> Result<(), FileError> {
        self.write(rejection).map_err(|error| self.failure(&error))
    }

    fn finish(mut self: Box<Self>) -> Result<Option<PathBuf>, FileError> {
        let done = match self.writer.take() {
            Some(writer) => publish(writer, &self.path).map(|()| true),
            None => set_aside(&self.path).map(|()| false),
        };
        match done {
            Ok(written) => Ok(written.then_some(self.path)),
            Err(error) => Err(self.failure(&error)),
        }
    }
}
