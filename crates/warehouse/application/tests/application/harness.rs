//! A warehouse on ports in memory, any of whose calls can be made to fail.

mod backups;
mod files;
mod store;

use std::sync::{Arc, Mutex};

use warehouse_application::Warehouse;
use warehouse_application::migrate::{Migrated, Migration, Progress};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::csv::{self, Format, Parsed};
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::reason::Rejection;
use warehouse_ports::{Finish, LoadMode, LoadRecord, Store, contract};

use backups::MemoryBackups;
use files::{MemoryFile, MemoryRejects};
use store::MemoryStore;

pub(crate) use files::Opening;

/// When everything happens.
pub(crate) const NOW: i64 = 1_800_000_000_000;

/// How a call fails.
#[derive(Clone, Copy, Default)]
enum How {
    #[default]
    Error,
    Panic,
}

/// The calls of the ports in order, and which of them is to fail.
#[derive(Default)]
pub(crate) struct Journal {
    calls: Mutex<Vec<&'static str>>,
    fails: Mutex<(&'static str, usize, How)>,
}

impl Journal {
    /// Notes a call; an error if it is the one that is to fail.
    fn note(&self, call: &'static str) -> Result<(), String> {
        self.calls.lock().unwrap().push(call);
        let (name, number, how) = *self.fails.lock().unwrap();
        match how {
            _ if (name, number) != (call, self.count(call)) => Ok(()),
            How::Error => Err(format!("{call} fails")),
            How::Panic => panic!("{call} panics"),
        }
    }

    /// How often it was called.
    pub(crate) fn count(&self, call: &str) -> usize {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|noted| **noted == call).count()
    }

    /// When it was called for the first time.
    pub(crate) fn place(&self, call: &str) -> Option<usize> {
        let calls = self.calls.lock().unwrap();
        calls.iter().position(|noted| *noted == call)
    }

    /// Begins anew. The call of that name and number, counted from 1, will fail.
    pub(crate) fn fail(&self, call: &'static str, number: usize) {
        self.begin(call, number, How::Error);
    }

    /// Begins anew. That call will panic.
    pub(crate) fn panic(&self, call: &'static str, number: usize) {
        self.begin(call, number, How::Panic);
    }

    /// Begins anew. Nothing will fail.
    pub(crate) fn clear(&self) {
        self.begin("", 0, How::Error);
    }

    fn begin(&self, call: &'static str, number: usize, how: How) {
        self.calls.lock().unwrap().clear();
        *self.fails.lock().unwrap() = (call, number, how);
    }
}

/// A warehouse with the tables of the contract suites, and what it works on.
pub(crate) struct Harness {
    pub(crate) warehouse: Warehouse,
    pub(crate) journal: Arc<Journal>,
    pub(crate) backups: Arc<MemoryBackups>,
    pub(crate) rejects: Arc<MemoryRejects>,
    pub(crate) progress: Arc<Mutex<Vec<Progress>>>,
    store: Arc<MemoryStore>,
}

impl Harness {
    pub(crate) fn new() -> Self {
        Self::with(contract::dictionary())
    }

    pub(crate) fn with(dictionary: Dictionary) -> Self {
        let journal: Arc<Journal> = Arc::default();
        let store = Arc::new(MemoryStore::new(dictionary.clone(), journal.clone()));
        let backups = Arc::new(MemoryBackups::new(journal.clone()));
        Self {
            warehouse: Warehouse {
                dictionary,
                store: store.clone(),
                backups: backups.clone(),
            },
            rejects: Arc::new(MemoryRejects::new(journal.clone())),
            progress: Arc::default(),
            journal,
            backups,
            store,
        }
    }

    pub(crate) fn table(&self, name: &str) -> Arc<Table> {
        self.warehouse.table(name).unwrap()
    }

    /// Valid rows from lines of CSV.
    pub(crate) fn rows<T: AsRef<str>>(&self, table: &str, lines: &[T]) -> RowBatch {
        let parsed = self.parsed(table, lines);
        assert_eq!(parsed.rejections, [], "the rows are valid");
        parsed.rows
    }

    pub(crate) fn parsed<T: AsRef<str>>(&self, table: &str, lines: &[T]) -> Parsed {
        let lines: Vec<&str> = lines.iter().map(AsRef::as_ref).collect();
        csv::parse(
            &self.table(table),
            Format::default(),
            lines.join("\n").as_bytes(),
        )
    }

    /// Adds rows to a table.
    pub(crate) async fn fill<T: AsRef<str>>(&self, table: &str, lines: &[T]) {
        let mode = LoadMode::Append;
        let mut load = self.store.load(&self.table(table), mode).await.unwrap();
        load.add(&self.rows(table, lines)).await.unwrap();
        load.finish(Finish::Restored).await.unwrap();
        self.journal.clear();
    }

    /// The rows of a table in the order in which they were added.
    pub(crate) fn lines(&self, table: &str) -> Vec<String> {
        lines(&self.store.content(&self.table(table)))
    }

    pub(crate) async fn loads(&self, table: &str) -> Vec<LoadRecord> {
        self.journal.clear();
        self.store.loads(&self.table(table)).await.unwrap()
    }

    /// A file without a header, all of whose rows may be rejected.
    pub(crate) fn migration(&self, table: &str, content: impl AsRef<[u8]>) -> Migration {
        self.migration_of(table, vec![Opening::whole(content)])
    }

    /// A file that has another content at each opening, and the last one from then on.
    pub(crate) fn migration_of(&self, table: &str, openings: Vec<Opening>) -> Migration {
        let told = self.progress.clone();
        Migration {
            table: self.table(table),
            file: Arc::new(MemoryFile::new(openings, self.journal.clone())),
            format: Format::default(),
            rejects: self.rejects.clone(),
            max_rejects: None,
            now: NOW,
            progress: Arc::new(move |progress| told.lock().unwrap().push(progress)),
        }
    }

    /// Migrates a file that is not known, and gives what is remembered of it.
    pub(crate) async fn load(&self, job: Migration) -> LoadRecord {
        match self.warehouse.migrate(job).await.unwrap() {
            Migrated::Loaded { record, .. } => record,
            Migrated::Known(record) => panic!("it is known: {record:?}"),
        }
    }
}

/// Rows as lines of CSV without quotes.
pub(crate) fn lines(rows: &RowBatch) -> Vec<String> {
    let line = |row| {
        let cells = rows.row(row).map(|value| match value {
            Value::Null => String::new(),
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text.to_owned(),
        });
        cells.collect::<Vec<_>>().join(",")
    };
    (0..rows.len()).map(line).collect()
}

/// Rows of jobs, a hundred bytes each with its line end. Thousands are more than are read at once.
pub(crate) fn long_lines(ids: impl Iterator<Item = u32>) -> Vec<String> {
    ids.map(|id| format!("{id:05},{}", "x".repeat(93)))
        .collect()
}

/// A line a fault: row, field, reason, value and the row as it was.
pub(crate) fn told(rejections: &[Rejection]) -> Vec<String> {
    let faults = rejections
        .iter()
        .flat_map(|rejection| rejection.faults.iter().map(move |fault| (rejection, fault)));
    let line = |(rejection, fault): (&Rejection, &warehouse_domain::reason::Fault)| {
        let (row, original) = (rejection.row, &rejection.original);
        let column = fault.column.as_deref().unwrap_or("-");
        let (code, value) = (fault.reason.code(), &fault.value);
        format!("{row} {column} {code} [{value}] {original}")
            .trim_end()
            .to_owned()
    };
    faults.map(line).collect()
}

#[tokio::test]
async fn the_tables_in_memory_keep_the_contract_of_those_in_a_database() {
    contract::store::keeps_its_contract(&*Harness::new().store).await;
}

#[test]
fn the_backups_in_memory_keep_the_contract_of_those_in_files() {
    contract::backups::keep_their_contract(&*Harness::new().backups);
}
