//! What a compute service needs, in memory.

mod stores;
mod tasks;

pub use stores::MemoryStores;
pub use tasks::MemoryTasks;
