//! The repository when the process, the disk or the file lets it down.

mod damage;
mod disk;
mod kill;
mod process;

use std::path::Path;
use std::time::Duration;

use adapter_redb::{OnDamage, OpenError, RedbEmulations, Retention};
use emulator_domain::emulation::Emulation;
use emulator_ports::{EmulationRepository, Page};

fn open(folder: &Path, on_damage: OnDamage) -> Result<RedbEmulations, OpenError> {
    let keep = Retention {
        finished: 1_000_000,
        age: Duration::from_secs(100 * 365 * 86_400),
    };
    RedbEmulations::open(folder, keep, on_damage)
}

async fn all(runs: &RedbEmulations) -> Vec<Emulation> {
    let page = Page {
        limit: usize::MAX,
        ..Page::default()
    };
    runs.list(page).await.expect("runs are listed")
}
