//! Runs, kept as long as the process lives.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_ports::{EmulationRepository, Page, RepositoryError};

/// Keeps all unfinished runs and those with callbacks still to be delivered; of the others, those
/// that finished last.
#[derive(Debug)]
pub struct MemoryEmulations {
    finished_kept: usize,
    runs: Mutex<HashMap<EmulationId, Emulation>>,
}

impl MemoryEmulations {
    /// An empty repository that keeps at most `finished_kept` finished runs.
    pub fn new(finished_kept: usize) -> Self {
        Self {
            finished_kept,
            runs: Mutex::default(),
        }
    }

    /// Every change of the map is a single call, so a panic elsewhere leaves it consistent.
    fn runs(&self) -> MutexGuard<'_, HashMap<EmulationId, Emulation>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EmulationRepository for MemoryEmulations {
    async fn save(&self, emulation: &Emulation) -> Result<(), RepositoryError> {
        let mut runs = self.runs();
        runs.insert(emulation.id(), emulation.clone());
        if emulation.settled_at().is_some() {
            let finished = runs
                .values()
                .filter_map(|run| Some((run.settled_at()?, run.id())));
            if finished.clone().count() > self.finished_kept
                && let Some((_, oldest)) = finished.min()
            {
                runs.remove(&oldest);
            }
        }
        Ok(())
    }

    async fn find(&self, id: EmulationId) -> Result<Option<Emulation>, RepositoryError> {
        Ok(self.runs().get(&id).cloned())
    }

    async fn list(&self, page: Page) -> Result<Vec<Emulation>, RepositoryError> {
        let runs = self.runs();
        let place = |run: &Emulation| (run.created_at(), run.id());
        let before = match page.after {
            None => None,
            Some(id) => match runs.get(&id) {
                Some(run) => Some(place(run)),
                None => return Ok(Vec::new()),
            },
        };
        let mut found: Vec<&Emulation> = runs
            .values()
            .filter(|run| page.status.is_none_or(|status| run.status() == status))
            .filter(|run| before.is_none_or(|before| place(run) < before))
            .collect();
        found.sort_unstable_by_key(|run| Reverse(place(run)));
        Ok(found.into_iter().take(page.limit).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use emulator_domain::Timestamp;
    use emulator_domain::emulation::{CallbackEvent, CallbackOutcome, Outcome};
    use emulator_ports::contract::repository::{callbacks, emulation, keeps_its_contract};

    use super::*;

    #[tokio::test]
    async fn the_contract_is_kept() {
        keeps_its_contract(&MemoryEmulations::new(10)).await;
    }

    #[tokio::test]
    async fn the_finished_runs_that_ended_first_are_dropped_and_unfinished_ones_never() {
        let runs = MemoryEmulations::new(2);
        let waiting: Vec<_> = (10..20).map(|number| emulation(number, 0)).collect();
        for run in &waiting {
            runs.save(run).await.unwrap();
        }
        // The oldest run is the last to end.
        for (number, end) in [(4, 1), (3, 2), (2, 3), (1, 4)] {
            let mut run = emulation(number, number as i64);
            run.finish(Outcome::Cancelled, Timestamp::EARLIEST.moved(end))
                .unwrap();
            runs.save(&run).await.unwrap();
            runs.save(&run).await.unwrap();
        }
        for (number, kept) in [(4, false), (3, false), (2, true), (1, true)] {
            let found = runs.find(emulation(number, 0).id()).await.unwrap();
            assert_eq!(found.is_some(), kept, "run {number}");
        }
        for run in waiting {
            assert_eq!(runs.find(run.id()).await.unwrap(), Some(run));
        }
        // Nor is one whose end is still to be told.
        let mut due = emulation(5, 5).with_callbacks(callbacks());
        due.finish(Outcome::Cancelled, Timestamp::EARLIEST).unwrap();
        runs.save(&due).await.unwrap();
        assert_eq!(runs.find(due.id()).await.unwrap(), Some(due.clone()));
        due.record_callback(
            CallbackEvent::Ended,
            CallbackOutcome::Accepted,
            Timestamp::LATEST,
        );
        runs.save(&due).await.unwrap();
        assert_eq!(runs.find(due.id()).await.unwrap(), None);
    }
}
