//! Files of history and logs of rejected rows in memory.

use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use warehouse_domain::dictionary::Table;
use warehouse_domain::reason::Rejection;
use warehouse_ports::{FileError, HistoryFile, RejectLog, RejectWriter};

use super::{Journal, told};

/// What a file holds when it is opened.
#[derive(Clone)]
pub(crate) struct Opening {
    bytes: Vec<u8>,
    is_whole: bool,
}

impl Opening {
    pub(crate) fn whole(bytes: impl AsRef<[u8]>) -> Self {
        Self {
            bytes: bytes.as_ref().to_vec(),
            is_whole: true,
        }
    }

    /// The bytes that come before the disk breaks.
    pub(crate) fn broken(bytes: impl AsRef<[u8]>) -> Self {
        Self {
            is_whole: false,
            ..Self::whole(bytes)
        }
    }
}

pub(super) struct MemoryFile {
    openings: Vec<Opening>,
    opened: AtomicUsize,
    journal: Arc<Journal>,
}

impl MemoryFile {
    pub(super) fn new(openings: Vec<Opening>, journal: Arc<Journal>) -> Self {
        Self {
            openings,
            opened: AtomicUsize::new(0),
            journal,
        }
    }
}

impl HistoryFile for MemoryFile {
    fn name(&self) -> String {
        "history.csv".to_owned()
    }

    fn size(&self) -> Option<u64> {
        None
    }

    fn open(&self) -> Result<Box<dyn Read + Send>, FileError> {
        self.journal.note("file.open").map_err(FileError)?;
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let opening = self.openings[number.min(self.openings.len() - 1)].clone();
        let bytes = Cursor::new(opening.bytes);
        Ok(if opening.is_whole {
            Box::new(bytes)
        } else {
            Box::new(bytes.chain(Broken))
        })
    }
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk broke"))
    }
}

/// The log of one table.
#[derive(Clone)]
pub(crate) struct MemoryRejects {
    log: Arc<Mutex<Option<Vec<Rejection>>>>,
    journal: Arc<Journal>,
}

impl MemoryRejects {
    pub(super) fn new(journal: Arc<Journal>) -> Self {
        let log = Arc::default();
        Self { log, journal }
    }

    /// What the log tells that was finished last; `None` if there is none.
    pub(crate) fn told(&self) -> Option<Vec<String>> {
        self.log.lock().unwrap().as_deref().map(told)
    }
}

impl RejectLog for MemoryRejects {
    fn create(&self, table: &Table, file: &str) -> Result<Box<dyn RejectWriter>, FileError> {
        self.journal.note("rejects.create").map_err(FileError)?;
        Ok(Box::new(MemoryWriter {
            path: PathBuf::from(format!("{}/{file}", table.name())),
            rejections: Vec::new(),
            rejects: self.clone(),
        }))
    }
}

struct MemoryWriter {
    path: PathBuf,
    rejections: Vec<Rejection>,
    rejects: MemoryRejects,
}

impl RejectWriter for MemoryWriter {
    fn add(&mut self, rejection: &Rejection) -> Result<(), FileError> {
        let noted = self.rejects.journal.note("rejects.add");
        self.rejections.push(rejection.clone());
        noted.map_err(FileError)
    }

    fn finish(self: Box<Self>) -> Result<Option<PathBuf>, FileError> {
        let noted = self.rejects.journal.note("rejects.finish");
        noted.map_err(FileError)?;
        let is_written = !self.rejections.is_empty();
        *self.rejects.log.lock().unwrap() = is_written.then_some(self.rejections);
        Ok(is_written.then_some(self.path))
    }
}
