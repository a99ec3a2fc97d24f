//! Idempotency keys: which requests to start a run were made before.

use std::collections::HashMap;

use emulator_domain::Timestamp;
use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_ports::{Page, RepositoryError};

use crate::{Emulator, list_emulations};

/// How long a key identifies its request, in microseconds.
const DAY: i64 = 24 * 3600 * 1_000_000;

/// Runs by owner and key, with the time of the request.
type ByKey = HashMap<(Option<String>, String), (Timestamp, EmulationId)>;

/// The runs that were requested with a key. Read from the repository once, then kept in memory.
#[derive(Default)]
pub(crate) struct Requests(Option<ByKey>);

impl Requests {
    /// The requests of the last day.
    pub(crate) async fn of_the_last_day(
        &mut self,
        emulator: &Emulator,
    ) -> Result<&mut ByKey, RepositoryError> {
        let since = emulator.now().moved(-DAY);
        if self.0.is_none() {
            self.0 = Some(found(emulator, since).await?);
        }
        let known = self.0.get_or_insert_default();
        known.retain(|_, (made, _)| *made >= since);
        Ok(known)
    }
}

async fn found(emulator: &Emulator, since: Timestamp) -> Result<ByKey, RepositoryError> {
    let mut known = ByKey::new();
    let mut after = None;
    loop {
        let page = Page {
            after,
            limit: list_emulations::MOST.into(),
            ..Page::default()
        };
        let runs = emulator.inner.repository.list(page).await?;
        after = runs.last().map(Emulation::id);
        // Newest first.
        let young = runs.iter().take_while(|run| run.created_at() >= since);
        let mut looked = 0;
        for run in young {
            looked += 1;
            if let Some(request) = run.request() {
                let by = (run.owner().map(str::to_owned), request.key().to_owned());
                known.entry(by).or_insert((run.created_at(), run.id()));
            }
        }
        if looked < usize::from(list_emulations::MOST) {
            return Ok(known);
        }
    }
}
