//! Tasks, kept as long as the process lives.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use compute_domain::{Task, TaskId, Timestamp};
use compute_ports::{
    Admission, KeptAccess, RepositoryError, StoreAccess, TaskRepository, Unsettled,
};

/// Keeps tasks in memory only: they are lost when the process ends.
#[derive(Debug, Default)]
pub struct MemoryTasks(Mutex<HashMap<TaskId, (Task, Option<StoreAccess>)>>);

impl MemoryTasks {
    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, (Task, Option<StoreAccess>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loses the accesses, as a file does when its key is gone.
    pub fn lose_accesses(&self) {
        for (_, access) in self.lock().values_mut() {
            *access = None;
        }
    }
}

#[async_trait]
impl TaskRepository for MemoryTasks {
    async fn add(&self, task: &Task, access: &StoreAccess) -> Result<Admission, RepositoryError> {
        let mut tasks = self.lock();
        if tasks.contains_key(&task.id()) {
            return Ok(Admission::Known);
        }
        tasks.insert(task.id(), (task.clone(), Some(access.clone())));
        Ok(Admission::Added)
    }

    async fn save(&self, task: &Task) -> Result<(), RepositoryError> {
        let mut tasks = self.lock();
        let access = tasks.remove(&task.id()).and_then(|(_, access)| access);
        let access = access.filter(|_| !task.status().is_end());
        tasks.insert(task.id(), (task.clone(), access));
        Ok(())
    }

    async fn find(&self, id: TaskId) -> Result<Option<Task>, RepositoryError> {
        Ok(self.lock().get(&id).map(|(task, _)| task.clone()))
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>, RepositoryError> {
        let tasks = self.lock();
        let mut unsettled: Vec<_> = tasks
            .values()
            .filter(|(task, _)| !task.status().is_end() || task.is_callback_due())
            .map(|(task, access)| Unsettled {
                task: task.clone(),
                access: match access {
                    Some(access) => KeptAccess::Kept(access.clone()),
                    None => KeptAccess::Lost("its access is not kept".to_owned()),
                },
            })
            .collect();
        unsettled.sort_by_key(|one| (one.task.accepted_at(), one.task.id()));
        Ok(unsettled)
    }

    async fn forget(&self, end: Timestamp) -> Result<u64, RepositoryError> {
        let mut tasks = self.lock();
        let before = tasks.len();
        tasks.retain(|_, (task, _)| {
            task.is_callback_due() || task.ended_at().is_none_or(|at| at >= end)
        });
        Ok((before - tasks.len()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use compute_ports::contract::repository::keeps_its_contract;

    use super::*;

    #[tokio::test]
    async fn tasks_in_memory_keep_the_contract() {
        keeps_its_contract(&MemoryTasks::default()).await;
    }
}
