//! A file of history into its table.
//!
//! One thread reads, others check blocks of lines at the same time, and what they accept goes to the
//! database in the order of the file. Memory does not grow with the file, but for two bytes a key.

mod blocks;
mod row_validator;

use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use warehouse_domain::csv::{self, Format};
use warehouse_domain::dictionary::Table;
use warehouse_domain::reason::Rejection;
use warehouse_ports::{
    FileError, Finish, HistoryFile, Load, LoadMode, LoadRecord, RejectLog, RejectWriter, StoreError,
};

use crate::{Warehouse, unblocked};
use blocks::{Block, Blocks};
use row_validator::{CheckedBlock, RowValidator};

/// What is to be migrated.
#[derive(Clone)]
pub struct Migration {
    /// Where the rows go.
    pub table: Arc<Table>,
    /// Where they come from.
    pub file: Arc<dyn HistoryFile>,
    /// How the file is written.
    pub format: Format,
    /// Where rejected rows are written.
    pub rejects: Arc<dyn RejectLog>,
    /// If more rows are rejected than this, nothing is loaded.
    pub max_rejects: Option<u64>,
    /// Now: milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// Told after every block.
    pub progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

/// How far a migration is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file that were checked.
    pub bytes: u64,
    /// Rows that were accepted.
    pub rows: u64,
    /// Rows that were rejected.
    pub rejected: u64,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Migrated {
    /// Its valid rows are in the table. If all were rejected, the file does not count as loaded.
    Loaded {
        /// How many, and how many are not.
        record: LoadRecord,
        /// How many lines were skipped because they are empty.
        empty_lines: u64,
        /// Where those are told that are not; `None` if there are none.
        rejects: Option<PathBuf>,
    },
    /// They have been there before: the same content was loaded then.
    Known(LoadRecord),
}

/// Why nothing of a file was loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MigrateError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The first line names other fields.
    #[error(
        "{file}: the header does not name the fields of {table} in order; expected {expected}, or \
         a file without a header and the setting that says so"
    )]
    Header {
        /// The file.
        file: String,
        /// The table.
        table: String,
        /// What a header looks like.
        expected: String,
    },
    /// Too many rows were rejected.
    #[error(
        "{file}: more than {limit} rows were rejected, so nothing was loaded; correct the file, or \
         allow more{}",
        rejects.as_ref().map_or(String::new(), |path| format!("; {} tells which", path.display()))
    )]
    TooManyRejects {
        /// The file.
        file: String,
        /// How many are allowed.
        limit: u64,
        /// Where they are told.
        rejects: Option<PathBuf>,
    },
    /// Someone has written to it.
    #[error("{0} changed while it was read, so nothing was loaded; try again when it is complete")]
    Changed(String),
}

impl Warehouse {
    /// Loads the rows of a file that are valid, all of them or, after an error, none; tells which
    /// are not. A content that was loaded before is not loaded again, unless each of its rows was
    /// rejected.
    ///
    /// # Errors
    /// If the file cannot be read, too many rows are rejected, or the database fails.
    pub async fn migrate(&self, job: Migration) -> Result<Migrated, MigrateError> {
        let file = Arc::clone(&job.file);
        let digest = unblocked(move || {
            let bytes = file.open()?;
            blocks::digest(bytes).map_err(|error| unreadable(&*file, &error))
        });
        let digest = digest.await?;
        let mut load = self.store.load(&job.table, LoadMode::Append).await?;
        let known = self.store.loads(&job.table).await?;
        if let Some(known) = known.into_iter().find(|known| known.digest == digest) {
            return Ok(Migrated::Known(known));
        }
        let validator = self.row_validator(&job.table, &mut *load).await?;
        let (sender, receiver) = mpsc::channel(2);
        let reader = {
            let job = job.clone();
            tokio::spawn(unblocked(move || read(&job, &sender)))
        };
        let mut run = Run {
            validator,
            rejects: Some(create_rejects(&job).await?),
            progress: Progress::default(),
            empty_lines: 0,
            job,
        };
        let is_within_limit = run
            .load(&mut *load, checked_blocks(&run.job, receiver))
            .await?;
        let found = match reader.await {
            Ok(found) => found?,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        // Before the rows: a crash in between then loses no rejection.
        let rejects = run.finish_rejects().await?;
        let file = run.job.file.name();
        if !is_within_limit {
            let limit = run.job.max_rejects.unwrap_or_default();
            return Err(MigrateError::TooManyRejects {
                file,
                limit,
                rejects,
            });
        }
        if found != digest {
            return Err(MigrateError::Changed(file));
        }
        let record = LoadRecord {
            digest,
            file,
            rows: run.progress.rows,
            rejected: run.progress.rejected,
            reasons: run.validator.reasons,
            loaded_at: run.job.now,
        };
        // Otherwise the load is dropped, because a file that counts as loaded could not be migrated
        // again with the right options.
        if !record.is_wholly_rejected() {
            load.finish(Finish::Loaded(record.clone())).await?;
        }
        Ok(Migrated::Loaded {
            record,
            empty_lines: run.empty_lines,
            rejects,
        })
    }

    async fn row_validator(
        &self,
        table: &Table,
        load: &mut dyn Load,
    ) -> Result<RowValidator, StoreError> {
        let existing = load.keys(table).await?;
        let mut present = Vec::new();
        for reference in table.strict_references() {
            let other = self.dictionary.table(reference.table.as_str());
            let other = other.expect("a dictionary's references lead to its tables");
            present.push(load.keys(other).await?);
        }
        Ok(RowValidator::new(existing, present))
    }
}

struct Run {
    job: Migration,
    validator: RowValidator,
    /// Lent to the thread that writes.
    rejects: Option<Box<dyn RejectWriter>>,
    progress: Progress,
    empty_lines: u64,
}

impl Run {
    /// Says whether no more rows were rejected than are allowed.
    async fn load(
        &mut self,
        load: &mut dyn Load,
        blocks: impl Stream<Item = CheckedBlock>,
    ) -> Result<bool, MigrateError> {
        let mut blocks = std::pin::pin!(blocks);
        while let Some(block) = blocks.next().await {
            self.progress.bytes = block.read;
            self.empty_lines += block.empty_lines();
            let (rows, rejections) = self.validator.validate(&self.job.table, block);
            self.progress.rows += rows.len() as u64;
            self.progress.rejected += rejections.len() as u64;
            if !rejections.is_empty() {
                self.reject(rejections).await?;
            }
            if self
                .job
                .max_rejects
                .is_some_and(|limit| self.progress.rejected > limit)
            {
                return Ok(false);
            }
            if !rows.is_empty() {
                load.add(&rows).await?;
            }
            (self.job.progress)(self.progress);
        }
        Ok(true)
    }

    async fn reject(&mut self, rejections: Vec<Rejection>) -> Result<(), FileError> {
        let mut rejects = self.take_rejects();
        let (rejects, written) = unblocked(move || {
            let written = rejections.iter().try_for_each(|it| rejects.add(it));
            (rejects, written)
        })
        .await;
        self.rejects = Some(rejects);
        written
    }

    async fn finish_rejects(&mut self) -> Result<Option<PathBuf>, FileError> {
        let rejects = self.take_rejects();
        unblocked(move || rejects.finish()).await
    }

    fn take_rejects(&mut self) -> Box<dyn RejectWriter> {
        self.rejects
            .take()
            .expect("it is given back after each use")
    }
}

async fn create_rejects(job: &Migration) -> Result<Box<dyn RejectWriter>, FileError> {
    let job = job.clone();
    unblocked(move || job.rejects.create(&job.table, &job.file.name())).await
}

/// Hands out the lines of the file and gives its digest.
fn read(job: &Migration, sender: &mpsc::Sender<Block>) -> Result<String, MigrateError> {
    let failure = |error: io::Error| MigrateError::File(unreadable(&*job.file, &error));
    let mut blocks = Blocks::new(job.file.open()?);
    let mut is_header = job.format.header;
    if is_header {
        let mut line = Vec::new();
        let mut file = BufReader::new(job.file.open()?);
        io::Read::take(&mut file, csv::LONGEST_LINE as u64)
            .read_until(b'\n', &mut line)
            .map_err(failure)?;
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        // Nothing at all is a table without rows; an empty line names no fields.
        let names = line.strip_suffix(b"\n").unwrap_or(line);
        if !line.is_empty() && !csv::is_header(&job.table, job.format, names) {
            return Err(header_error(job));
        }
    }
    while let Some(mut block) = blocks.next().map_err(failure)? {
        if let (true, blocks::Content::Lines(bytes)) = (is_header, &mut block.content) {
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
            bytes.drain(..end);
            block.line += 1;
        }
        is_header = false;
        if sender.blocking_send(block).is_err() {
            break;
        }
    }
    Ok(blocks.digest())
}

/// Blocks are checked at the same time and come out in order.
fn checked_blocks(
    job: &Migration,
    receiver: mpsc::Receiver<Block>,
) -> impl Stream<Item = CheckedBlock> + use<> {
    let (table, format) = (Arc::clone(&job.table), job.format);
    let workers = std::thread::available_parallelism().map_or(2, usize::from) + 1;
    let blocks = futures::stream::unfold(receiver, async |mut receiver| {
        receiver.recv().await.map(|block| (block, receiver))
    });
    blocks
        .map(move |block| {
            let table = Arc::clone(&table);
            tokio::spawn(unblocked(move || {
                row_validator::check_block(&table, format, block)
            }))
        })
        .buffered(workers)
        .map(|checked| match checked {
            Ok(checked) => checked,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        })
}

fn header_error(job: &Migration) -> MigrateError {
    let fields = job.table.fields().iter();
    let names: Vec<_> = fields.map(|field| field.name.as_str()).collect();
    MigrateError::Header {
        file: job.file.name(),
        table: job.table.name().to_string(),
        expected: names.join(&char::from(job.format.separator).to_string()),
    }
}

fn unreadable(file: &dyn HistoryFile, error: &io::Error) -> FileError {
    FileError(format!(
        "{} cannot be read: {error}; check the file and its permissions",
        file.name()
    ))
}
