//! Writes a backup.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, Permissions};
use std::hash::BuildHasher;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use platform_avro::varint;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::Table;
use warehouse_ports::{Backup, BackupError, BackupWriter};

use crate::folder::{self, BackupFolder};
use crate::{header, name};

/// A block ends once it has this many bytes.
const BLOCK: usize = 256 * 1024;

/// How many bytes are written between two syncs.
const FLUSH: u64 = 8 * 1024 * 1024;

/// Syncs what was written while writing continues, so that little is left for the end.
struct Flusher {
    asked: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Flusher {
    fn start(file: &File) -> io::Result<Self> {
        let file = file.try_clone()?;
        let (asked, asks) = sync_channel::<()>(1);
        let flush = move || asks.iter().try_for_each(|()| file.sync_data());
        let thread = thread::Builder::new().name("flush".to_owned());
        Ok(Self {
            asked,
            thread: thread.spawn(flush)?,
        })
    }

    /// Requests a sync. If one is already pending, that one covers this request.
    fn ask(&self) {
        let _ = self.asked.try_send(());
    }

    /// Returns the first error. For one file, the system reports it only once.
    fn end(self) -> io::Result<()> {
        drop(self.asked);
        self.thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// A file under a temporary name beside its final one.
pub(crate) struct AvroWriter {
    folder: BackupFolder,
    table: Arc<Table>,
    file: BufWriter<NamedTempFile>,
    flusher: Flusher,
    /// Bytes for which a sync was requested.
    flushed: u64,
    digest: Sha256,
    bytes: u64,
    marker: [u8; 16],
    rows: u64,
    block: Vec<u8>,
    block_rows: i64,
    packed: Vec<u8>,
}

impl AvroWriter {
    pub(crate) fn create(folder: BackupFolder, table: Arc<Table>) -> io::Result<Self> {
        let place = folder.path();
        fs::create_dir_all(place)?;
        let file = tempfile::Builder::new()
            .prefix(folder::UNFINISHED)
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(place)?;
        let marker = marker();
        let mut writer = Self {
            flusher: Flusher::start(file.as_file())?,
            flushed: 0,
            file: BufWriter::with_capacity(BLOCK, file),
            digest: Sha256::new(),
            bytes: 0,
            marker,
            rows: 0,
            block: Vec::with_capacity(BLOCK + 4096),
            block_rows: 0,
            packed: Vec::new(),
            folder,
            table,
        };
        let header = header::write(&writer.table, writer.folder.codec(), marker);
        writer.put(&header)?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    fn write_rows(&mut self, rows: &RowBatch) -> io::Result<()> {
        for row in 0..rows.len() {
            encode(&self.table, rows, row, &mut self.block);
            self.block_rows += 1;
            if self.block.len() >= BLOCK {
                self.end_block()?;
            }
        }
        self.rows += rows.len() as u64;
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.block_rows == 0 {
            return Ok(());
        }
        let mut packed = std::mem::take(&mut self.packed);
        packed.clear();
        self.folder.codec().pack(&self.block, &mut packed)?;
        let mut head = Vec::with_capacity(20);
        varint::write(self.block_rows, &mut head);
        varint::write(packed.len() as i64, &mut head);
        let marker = self.marker;
        for part in [&head[..], &packed, &marker] {
            self.put(part)?;
        }
        if self.bytes - self.flushed >= FLUSH {
            self.flushed = self.bytes;
            self.flusher.ask();
        }
        self.packed = packed;
        self.block.clear();
        self.block_rows = 0;
        Ok(())
    }

    /// The file is on disk before it is renamed, and the rename is on disk before this returns.
    fn publish(mut self, taken_at: i64) -> io::Result<Backup> {
        self.end_block()?;
        let digest = format!("{:x}", self.digest.finalize());
        let table = self.table.name().as_str();
        let name = name::write(table, taken_at, self.rows, &digest)
            .ok_or_else(|| io::Error::other("the time of the backup is out of range"))?;
        self.flusher.end()?;
        let file = self.file.into_inner().map_err(|error| error.into_error())?;
        file.as_file().sync_all()?;
        let path: PathBuf = self.folder.path().join(&name);
        file.persist(&path)?;
        File::open(self.folder.path())?.sync_all()?;
        self.folder.remove_old(&self.table)?;
        Ok(Backup {
            name,
            taken_at: Some(taken_at),
            rows: Some(self.rows),
            digest: Some(digest),
            bytes: self.bytes,
        })
    }
}

impl BackupWriter for AvroWriter {
    fn add(&mut self, rows: &RowBatch) -> Result<(), BackupError> {
        let written = self.write_rows(rows);
        written.map_err(|error| self.folder.failure("cannot be written", &error))
    }

    fn finish(self: Box<Self>, taken_at: i64) -> Result<Backup, BackupError> {
        let folder = self.folder.clone();
        let published = self.publish(taken_at);
        published.map_err(|error| folder.failure("cannot be finished", &error))
    }
}

fn encode(table: &Table, rows: &RowBatch, row: usize, bytes: &mut Vec<u8>) {
    for (value, field) in rows.row(row).zip(table.fields()) {
        if field.nullable {
            varint::write(i64::from(value != Value::Null), bytes);
        }
        match value {
            Value::Null => {}
            Value::Integer(number) => varint::write(i64::from(number), bytes),
            Value::Text(text) => {
                varint::write(text.len() as i64, bytes);
                bytes.extend_from_slice(text.as_bytes());
            }
        }
    }
}

/// A random sync marker, so that no text can be mistaken for the end of a block.
fn marker() -> [u8; 16] {
    let random = |number: u64| RandomState::new().hash_one(number).to_le_bytes();
    let mut marker = [0; 16];
    marker[..8].copy_from_slice(&random(1));
    marker[8..].copy_from_slice(&random(2));
    marker
}
