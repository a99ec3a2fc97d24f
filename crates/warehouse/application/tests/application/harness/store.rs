//! Tables in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::OwnedMutexGuard;
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::keys::KeySet;
use warehouse_domain::name::Name;
use warehouse_domain::reason::Reason;
use warehouse_domain::report::{HireCount, HiringFacts};
use warehouse_ports::{
    Finish, Idempotency, Insert, Inserted, Load, LoadMode, LoadRecord, Rows, Store, StoreError,
};

use super::Journal;

/// Rows that are read at once.
const ROWS: usize = 100;

/// What a table has.
#[derive(Clone)]
struct Content {
    key: usize,
    /// In the order in which they were added.
    rows: RowBatch,
    loads: Vec<LoadRecord>,
}

impl Content {
    fn empty(table: &Table) -> Self {
        Self {
            key: table.key(),
            rows: RowBatch::new(table.fields().len()),
            loads: Vec::new(),
        }
    }

    fn keys(&self) -> KeySet {
        let keys = (0..self.rows.len()).map(|row| self.rows.integer(row, self.key));
        keys.collect()
    }
}

type Tables = Arc<Mutex<HashMap<Name, Content>>>;

pub(super) struct MemoryStore {
    tables: Tables,
    requests: Mutex<HashMap<String, (Idempotency, Inserted)>>,
    /// Who writes has it.
    turn: Arc<tokio::sync::Mutex<()>>,
    journal: Arc<Journal>,
}

impl MemoryStore {
    pub(super) fn new(dictionary: Dictionary, journal: Arc<Journal>) -> Self {
        let tables = dictionary.tables().iter();
        let tables = tables.map(|table| (table.name().clone(), Content::empty(table)));
        Self {
            tables: Arc::new(Mutex::new(tables.collect())),
            requests: Mutex::default(),
            turn: Arc::default(),
            journal,
        }
    }

    pub(super) fn content(&self, table: &Table) -> RowBatch {
        self.tables.lock().unwrap()[table.name()].rows.clone()
    }

    fn note(&self, call: &'static str) -> Result<(), StoreError> {
        self.journal.note(call).map_err(StoreError::Unreachable)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn prepare(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn load(&self, table: &Table, mode: LoadMode) -> Result<Box<dyn Load>, StoreError> {
        self.note("store.load")?;
        let turn = self.turn.clone().lock_owned().await;
        let content = match mode {
            LoadMode::Append => self.tables.lock().unwrap()[table.name()].clone(),
            LoadMode::Replace => Content::empty(table),
        };
        Ok(Box::new(MemoryLoad {
            table: table.clone(),
            content,
            tables: self.tables.clone(),
            journal: self.journal.clone(),
            _turn: turn,
        }))
    }

    async fn loads(&self, table: &Table) -> Result<Vec<LoadRecord>, StoreError> {
        self.note("store.loads")?;
        Ok(self.tables.lock().unwrap()[table.name()].loads.clone())
    }

    async fn insert(&self, insert: Insert<'_>) -> Result<Inserted, StoreError> {
        self.note("store.insert")?;
        let _turn = self.turn.lock().await;
        let mut requests = self.requests.lock().unwrap();
        if let Some(request) = insert.idempotency {
            requests.retain(|_, (earlier, _)| earlier.now >= request.forget_before);
            match requests.get(&request.key) {
                Some((earlier, _)) if earlier.digest != request.digest => {
                    return Err(StoreError::KeyReused);
                }
                Some((_, done)) => {
                    let (refused, replayed) = (done.refused.clone(), true);
                    return Ok(Inserted { refused, replayed });
                }
                None => {}
            }
        }
        let mut tables = self.tables.lock().unwrap();
        let (table, mut done) = (insert.table, Inserted::default());
        let before = tables[table.name()].rows.clone();
        for row in 0..insert.rows.len() {
            if let Some((column, reason)) = fault(&tables, table, insert.rows, row) {
                done.refused.push((row, column, reason));
                continue;
            }
            let rows = &mut tables.get_mut(table.name()).unwrap().rows;
            append(rows, insert.rows, row..row + 1);
        }
        if insert.all_or_nothing && !done.refused.is_empty() {
            tables.get_mut(table.name()).unwrap().rows = before;
        } else if let Some(request) = insert.idempotency {
            requests.insert(request.key.clone(), (request.clone(), done.clone()));
        }
        Ok(done)
    }

    async fn page(&self, table: &Table, from: i32, limit: u32) -> Result<RowBatch, StoreError> {
        let rows = self.content(table);
        let key = |row: &usize| rows.integer(*row, table.key());
        let mut order: Vec<usize> = (0..rows.len()).filter(|row| key(row) >= from).collect();
        order.sort_by_key(key);
        let mut page = RowBatch::new(table.fields().len());
        for row in order.into_iter().take(limit as usize) {
            append(&mut page, &rows, row..row + 1);
        }
        Ok(page)
    }

    async fn count(&self, table: &Table) -> Result<u64, StoreError> {
        self.note("store.count")?;
        Ok(self.content(table).len() as u64)
    }

    async fn rows(&self, table: &Table) -> Result<Box<dyn Rows>, StoreError> {
        self.note("store.rows")?;
        Ok(Box::new(MemoryRows {
            rows: self.content(table),
            columns: table.fields().len(),
            at: 0,
            journal: self.journal.clone(),
        }))
    }

    async fn hiring(&self, year: u16) -> Result<HiringFacts, StoreError> {
        self.note("store.hiring")?;
        let tables = self.tables.lock().unwrap();
        let rows = |name| &tables[&Name::parse(name).unwrap()].rows;
        let text = |rows: &RowBatch, row, column| match rows.value(row, column) {
            Value::Text(text) => text.to_owned(),
            other => panic!("{other:?} is no text"),
        };
        let names = |rows: &RowBatch| {
            let name = |row| (rows.integer(row, 0), text(rows, row, 1));
            (0..rows.len()).map(name).collect()
        };
        let employees = rows("employees");
        let hire = |row| HireCount {
            department: employees.integer(row, 3),
            job: employees.integer(row, 4),
            quarter: (text(employees, row, 2)[5..7].parse::<u8>().unwrap() - 1) / 3,
            hired: 1,
        };
        let year = format!("{year:04}-");
        let of_year = |row: &usize| text(employees, *row, 2).starts_with(&year);
        Ok(HiringFacts {
            departments: names(rows("departments")),
            jobs: names(rows("jobs")),
            hires: (0..employees.len()).filter(of_year).map(hire).collect(),
        })
    }
}

/// Works on a copy, which takes the place of the table at the end.
struct MemoryLoad {
    table: Table,
    content: Content,
    tables: Tables,
    journal: Arc<Journal>,
    _turn: OwnedMutexGuard<()>,
}

impl MemoryLoad {
    fn note(&self, call: &'static str) -> Result<(), StoreError> {
        self.journal.note(call).map_err(StoreError::Unreachable)
    }
}

#[async_trait]
impl Load for MemoryLoad {
    async fn keys(&mut self, table: &Table) -> Result<KeySet, StoreError> {
        self.note("load.keys")?;
        if table.name() == self.table.name() {
            return Ok(self.content.keys());
        }
        Ok(self.tables.lock().unwrap()[table.name()].keys())
    }

    async fn dangling(&mut self, other: &Table, column: usize) -> Result<u64, StoreError> {
        self.note("load.dangling")?;
        let keys = self.content.keys();
        let tables = self.tables.lock().unwrap();
        let rows = &tables[other.name()].rows;
        let dangles = |row: &usize| match rows.value(*row, column) {
            Value::Integer(key) => !keys.contains(key),
            _ => false,
        };
        Ok((0..rows.len()).filter(dangles).count() as u64)
    }

    async fn add(&mut self, rows: &RowBatch) -> Result<(), StoreError> {
        self.note("load.add")?;
        append(&mut self.content.rows, rows, 0..rows.len());
        Ok(())
    }

    async fn finish(mut self: Box<Self>, finish: Finish) -> Result<(), StoreError> {
        self.note("load.finish")?;
        if self.content.keys().len() != self.content.rows.len() as u64 {
            return Err(StoreError::Refused("a key is doubled".to_owned()));
        }
        if let Finish::Loaded(record) = finish {
            self.content.loads.insert(0, record);
        }
        let mut tables = self.tables.lock().unwrap();
        tables.insert(self.table.name().clone(), self.content.clone());
        Ok(())
    }
}

struct MemoryRows {
    rows: RowBatch,
    columns: usize,
    at: usize,
    journal: Arc<Journal>,
}

#[async_trait]
impl Rows for MemoryRows {
    async fn next(&mut self) -> Result<Option<RowBatch>, StoreError> {
        let noted = self.journal.note("rows.next");
        noted.map_err(StoreError::Unreachable)?;
        let (from, mut batch) = (self.at, RowBatch::new(self.columns));
        self.at = self.rows.len().min(from + ROWS);
        append(&mut batch, &self.rows, from..self.at);
        Ok((!batch.is_empty()).then_some(batch))
    }
}

fn append(to: &mut RowBatch, from: &RowBatch, rows: std::ops::Range<usize>) {
    for value in rows.flat_map(|row| from.row(row)) {
        to.push(value);
    }
}

fn fault(
    tables: &HashMap<Name, Content>,
    table: &Table,
    rows: &RowBatch,
    row: usize,
) -> Option<(usize, Reason)> {
    let key = rows.integer(row, table.key());
    if tables[table.name()].keys().contains(key) {
        return Some((table.key(), Reason::DuplicateInTable));
    }
    let mut references = table.strict_references();
    let broken = references.find(|reference| match rows.value(row, reference.column) {
        Value::Integer(other) => {
            let itself = reference.table == *table.name() && other == key;
            !itself && !tables[&reference.table].keys().contains(other)
        }
        _ => false,
    });
    broken.map(|reference| (reference.column, Reason::MissingReference))
}
