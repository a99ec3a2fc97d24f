//! Which runs are there?

use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};
use emulator_ports::{Page, RepositoryError};

use crate::Emulator;
use crate::emulation_status::{self, FindError};

/// The most runs that a page may have.
pub const MOST: u16 = 1000;

/// A page of runs, the newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The runs.
    pub runs: Vec<Emulation>,
    /// The last of them, if there are more after it.
    pub next: Option<EmulationId>,
}

/// The runs in the state `status`, or in any, that are older than `after`: `limit` at most, and
/// never more than [`MOST`].
///
/// # Errors
/// If there is no run `after`, or what is remembered cannot be read.
pub async fn list(
    emulator: &Emulator,
    status: Option<GlobalStatus>,
    after: Option<EmulationId>,
    limit: u16,
) -> Result<Listed, FindError> {
    if let Some(after) = after {
        // A typing error would otherwise read as the end of the list.
        emulation_status::status(emulator, after).await?;
    }
    let limit = usize::from(limit.min(MOST));
    // One more tells whether there is another page.
    let page = Page {
        status,
        after,
        limit: limit + 1,
    };
    let mut runs = emulator.inner.repository.list(page).await?;
    let more = runs.len() > limit;
    runs.truncate(limit);
    let next = runs.last().filter(|_| more).map(Emulation::id);
    Ok(Listed { runs, next })
}

/// All runs in that state, the newest first.
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
