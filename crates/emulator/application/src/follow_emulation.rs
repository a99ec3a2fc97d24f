//! Follows runs as they change.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_ports::{EmulationRepository, Page, RepositoryError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::Emulator;
use crate::emulation_status::FindError;

/// The shortest interval between two states of a run.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest interval between two states of a run.
const SILENCE: Duration = Duration::from_secs(1);

/// A repository that announces every save.
pub(crate) struct ObservedEmulations {
    repository: Arc<dyn EmulationRepository>,
    saves: watch::Sender<Instant>,
}

impl ObservedEmulations {
    /// Wraps `repository`; the receiver is notified of every save.
    pub(crate) fn new(
        repository: Arc<dyn EmulationRepository>,
    ) -> (Self, watch::Receiver<Instant>) {
        let (saves, saved) = watch::channel(Instant::now());
        (Self { repository, saves }, saved)
    }
}

#[async_trait]
impl EmulationRepository for ObservedEmulations {
    async fn save(&self, emulation: &Emulation) -> Result<(), RepositoryError> {
        let saved = self.repository.save(emulation).await;
        self.saves.send_replace(Instant::now());
        saved
    }

    async fn find(&self, id: EmulationId) -> Result<Option<Emulation>, RepositoryError> {
        self.repository.find(id).await
    }

    async fn list(&self, page: Page) -> Result<Vec<Emulation>, RepositoryError> {
        self.repository.list(page).await
    }
}

/// Notifies of every save of any run.
pub fn saves(emulator: &Emulator) -> watch::Receiver<Instant> {
    emulator.inner.saved.clone()
}

/// Follows one run, starting from a known state.
pub struct EmulationFollower {
    repository: Arc<dyn EmulationRepository>,
    saved: watch::Receiver<Instant>,
    last: Emulation,
    last_at: Instant,
}

/// Follows the run from the state `emulation`.
pub fn follow(emulator: &Emulator, emulation: Emulation) -> EmulationFollower {
    EmulationFollower {
        repository: emulator.inner.repository.clone(),
        saved: emulator.inner.saved.clone(),
        last: emulation,
        last_at: Instant::now(),
    }
}

impl EmulationFollower {
    /// The next state of the run: as soon as it has changed, but at least a tenth of a second after
    /// the last one; and after a second even if nothing has changed. Cancellation-safe.
    ///
    /// # Errors
    /// If the run was forgotten or cannot be read.
    pub async fn next(&mut self) -> Result<Emulation, FindError> {
        let silence = self.last_at + SILENCE;
        let mut next_look = self.last_at + PAUSE;
        loop {
            sleep_until(next_look).await;
            // Marked as seen before the state is read, so a save in between is not missed.
            self.saved.mark_unchanged();
            let id = self.last.id();
            let found = self.repository.find(id).await?;
            let now = found.ok_or(FindError::NotFound(id))?;
            if now != self.last || Instant::now() >= silence {
                self.last = now.clone();
                self.last_at = Instant::now();
                return Ok(now);
            }
            next_look = Instant::now() + PAUSE;
            // Saves of other runs wake this too; if nothing is saved at all, the timeout does.
            let _ = timeout_at(silence, self.saved.changed()).await;
            next_look = next_look.min(silence);
        }
    }
}

#[cfg(test)]
mod tests {
    use adapter_memory::MemoryEmulations;
    use emulator_domain::Timestamp;
    use emulator_ports::contract::repository::emulation;

    use super::*;

    async fn follower() -> (EmulationFollower, Emulation) {
        let run = emulation(1, 0);
        let (repository, saved) = ObservedEmulations::new(Arc::new(MemoryEmulations::new(10)));
        repository.save(&run).await.unwrap();
        let follower = EmulationFollower {
            repository: Arc::new(repository),
            saved,
            last: run.clone(),
            last_at: Instant::now(),
        };
        (follower, run)
    }

    #[tokio::test(start_paused = true)]
    async fn an_unchanged_run_is_told_every_second() {
        let (mut follower, run) = follower().await;
        let begin = Instant::now();
        for second in 1..=3 {
            assert_eq!(follower.next().await.unwrap(), run);
            assert_eq!(begin.elapsed(), Duration::from_secs(second));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_told_at_once_and_ten_times_a_second_at_most() {
        let (mut follower, mut run) = follower().await;
        let repository = follower.repository.clone();
        let begin = Instant::now();
        run.start(Timestamp::from_micros(1).unwrap(), 1).unwrap();
        let changed = run.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(730)).await;
            repository.save(&changed).await.unwrap();
        });
        assert_eq!(follower.next().await.unwrap(), run);
        let took = begin.elapsed();
        assert!((730..=740).contains(&took.as_millis()), "{took:?}");
        // Changes that come faster are told together.
        let repository = follower.repository.clone();
        let saves = tokio::spawn(async move {
            for lag in 1..=1000_u32 {
                let (counts, checkpoint) = (run.counts(), run.checkpoint());
                run.progress(counts, checkpoint, f64::from(lag)).unwrap();
                repository.save(&run).await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        let mut told = 0;
        while !saves.is_finished() {
            follower.next().await.unwrap();
            told += 1;
        }
        assert!((9..=11).contains(&told), "{told}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_was_forgotten_is_not_found() {
        let (mut follower, _) = follower().await;
        follower.repository = Arc::new(MemoryEmulations::new(10));
        assert!(matches!(follower.next().await, Err(FindError::NotFound(_))));
    }
}
