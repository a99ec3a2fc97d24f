//! Remembered arrivals and reports in memory.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use async_trait::async_trait;
use pipeline_domain::analysis::Analysis;
use pipeline_domain::arrival::Seen;
use pipeline_domain::log::Offsets;
use pipeline_ports::{AnalysisReport, Arrivals, Durability, PortError, Reports};

#[derive(Default)]
pub(crate) struct MemoryArrivals {
    now: Mutex<State>,
    /// What a crash leaves.
    durable: Mutex<State>,
    /// How often something was made durable.
    pub(crate) syncs: AtomicU32,
}

#[derive(Clone, Default)]
struct State {
    log: Option<String>,
    seen: HashMap<i64, Seen>,
    positions: Offsets,
}

impl MemoryArrivals {
    /// Loses what was not durable.
    pub(crate) fn crash(&self) {
        *self.now.lock().unwrap() = self.durable.lock().unwrap().clone();
    }

    /// Loses everything.
    pub(crate) fn lose(&self) {
        *self.durable.lock().unwrap() = State::default();
        self.crash();
    }
}

#[async_trait]
impl Arrivals for MemoryArrivals {
    async fn log(&self) -> Result<Option<String>, PortError> {
        Ok(self.now.lock().unwrap().log.clone())
    }

    async fn positions(&self) -> Result<Offsets, PortError> {
        Ok(self.now.lock().unwrap().positions.clone())
    }

    async fn seen(&self, ids: Vec<i64>) -> Result<Vec<Seen>, PortError> {
        let state = self.now.lock().unwrap();
        let seen = |id| state.seen.get(&id).copied().unwrap_or(Seen::NONE);
        Ok(ids.into_iter().map(seen).collect())
    }

    async fn save(
        &self,
        log: &str,
        changes: Vec<(i64, Seen)>,
        positions: &Offsets,
        durability: Durability,
    ) -> Result<(), PortError> {
        let mut state = self.now.lock().unwrap();
        state.log = Some(log.to_owned());
        state.seen.extend(changes);
        state.positions.advance_all(positions);
        if durability == Durability::Now {
            *self.durable.lock().unwrap() = state.clone();
            self.syncs.fetch_add(1, Relaxed);
        }
        Ok(())
    }
}

/// Keeps the last analysis.
#[derive(Default)]
pub(crate) struct MemoryReports(pub(crate) Mutex<Option<Analysis>>);

impl Reports for MemoryReports {
    fn write(&self, analysis: &Analysis) -> Result<AnalysisReport, PortError> {
        *self.0.lock().unwrap() = Some(analysis.clone());
        Ok(AnalysisReport {
            page: PathBuf::from("page"),
            pictures: Vec::new(),
            figures: PathBuf::from("figures"),
        })
    }
}
