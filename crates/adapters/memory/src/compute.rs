//! Ports of a compute service, in memory.

mod stores;
mod tasks;

pub use stores::MemoryStores;
pub use tasks::MemoryTasks;
