//! Tables in memory.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use pipeline_domain::landing::{Arrival, Insertion, Journals, Landing, settle};
use pipeline_ports::{Database, PortError};

#[derive(Default)]
pub(crate) struct MemoryDatabase(Mutex<Tables>);

#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) ids: [HashSet<i64>; 3],
    journals: Journals,
    /// Ids that constraints refuse.
    pub(crate) refused: HashSet<i64>,
    /// Calls that fail before the next one succeeds.
    pub(crate) outage: u32,
}

impl MemoryDatabase {
    pub(crate) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap()
    }
}

#[async_trait]
impl Database for MemoryDatabase {
    async fn prepare(&self) -> Result<(), PortError> {
        Ok(())
    }

    async fn land(&self, arrivals: &[Arrival]) -> Result<Vec<Landing>, PortError> {
        let tables = &mut *self.tables();
        if tables.outage > 0 {
            tables.outage -= 1;
            return Err(PortError::unreachable("the database is away"));
        }
        let insertions = arrivals.iter().map(|arrival| {
            let id = arrival.row.id();
            let table = &mut tables.ids[arrival.origin.partition.source.index()];
            if tables.refused.contains(&id) {
                Insertion::Refused(format!("no {id}"))
            } else if table.insert(id) {
                Insertion::Inserted
            } else {
                Insertion::Exists
            }
        });
        let (landings, journals) = settle(arrivals, insertions.collect(), &tables.journals);
        tables.journals.extend(journals);
        Ok(landings)
    }

    async fn rows(&self) -> Result<[u64; 3], PortError> {
        Ok(self.tables().ids.each_ref().map(|ids| ids.len() as u64))
    }
}
