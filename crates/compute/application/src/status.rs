//! Where a task is on its way.

use compute_domain::{TaskId, TaskStatus};
use compute_ports::RepositoryError;

use crate::ComputeService;

impl ComputeService {
    /// Where a task is on its way; `None` if it is not known, or ended more than a day ago.
    ///
    /// # Errors
    /// If what is kept of tasks cannot be read.
    pub async fn status(&self, id: TaskId) -> Result<Option<TaskStatus>, RepositoryError> {
        let inner = &self.inner;
        if let Some(task) = inner.board.find(id) {
            return Ok(Some(task.status()));
        }
        let kept = inner.ports.repository.find(id).await?;
        Ok(kept.map(|task| task.status()))
    }
}
