//! Lists runs.

use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};
use emulator_ports::{Page, RepositoryError};

use crate::Emulator;
use crate::emulation_status::{self, FindError};

/// The most runs on a page.
pub const MOST: u16 = 1000;

/// A page of runs, the newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The runs.
    pub runs: Vec<Emulation>,
    /// The last run of the page, if there are more after it.
    pub next: Option<EmulationId>,
}

/// Which runs to list; an absent criterion matches any run.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this state.
    pub status: Option<GlobalStatus>,
    /// With this name.
    pub name: Option<String>,
    /// With each of these labels.
    pub labels: Vec<(String, String)>,
    /// Of this kind of data.
    pub domain: Option<String>,
}

impl Filter {
    fn takes(&self, run: &Emulation) -> bool {
        let tags = run.tags();
        let is = |wanted: &Option<String>, own: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == own
        };
        is(&self.name, tags.name())
            && is(&self.domain, Some(&run.plan().dataset().name()))
            && self
                .labels
                .iter()
                .all(|(key, value)| tags.labels().get(key) == Some(value))
    }
}

/// The matching runs older than `after`: at most `limit`, and never more than [`MOST`].
///
/// # Errors
/// If there is no run `after`, or the repository cannot be read.
pub async fn list(
    emulator: &Emulator,
    filter: &Filter,
    after: Option<EmulationId>,
    limit: u16,
) -> Result<Listed, FindError> {
    if let Some(after) = after {
        // Otherwise a mistyped id would look like the end of the list.
        emulation_status::status(emulator, after).await?;
    }
    let limit = usize::from(limit.min(MOST));
    let mut runs = Vec::new();
    let mut after = after;
    // One run more than the page holds shows whether there is another page.
    while runs.len() <= limit {
        let page = Page {
            status: filter.status,
            after,
            limit: limit + 1,
        };
        let found = emulator.inner.repository.list(page).await?;
        after = found.last().map(Emulation::id);
        let was_last = found.len() <= limit;
        runs.extend(found.into_iter().filter(|run| filter.takes(run)));
        if was_last {
            break;
        }
    }
    let more = runs.len() > limit;
    runs.truncate(limit);
    let next = runs.last().filter(|_| more).map(Emulation::id);
    Ok(Listed { runs, next })
}

/// All runs in that state, newest first.
pub(crate) async fn all(
    emulator: &Emulator,
    status: GlobalStatus,
) -> Result<Vec<Emulation>, RepositoryError> {
    let mut found: Vec<Emulation> = Vec::new();
    loop {
        let page = Page {
            status: Some(status),
            after: found.last().map(Emulation::id),
            limit: MOST.into(),
        };
        let runs = emulator.inner.repository.list(page).await?;
        if runs.is_empty() {
            return Ok(found);
        }
        found.extend(runs);
    }
}
