//! What a compute service needs, in memory.

mod stores;
mod tasks;

pub use stores::MemoryStores;
pub use tasks::MemoryTasks;

use compute_domain::Timestamp;
use compute_ports::Clock;

use crate::SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_1970 = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
    }
}
