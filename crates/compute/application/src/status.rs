//! Looks up the status of tasks.

use compute_domain::{TaskId, TaskStatus};
use compute_ports::RepositoryError;

use crate::ComputeService;

impl ComputeService {
    /// The status of a task; `None` if it is unknown, or ended more than a day ago.
    ///
    /// # Errors
    /// If the stored tasks cannot be read.
    pub async fn status(&self, id: TaskId) -> Result<Option<TaskStatus>, RepositoryError> {
        let inner = &self.inner;
        if let Some(task) = inner.board.find(id) {
            return Ok(Some(task.status()));
        }
        let kept = inner.ports.repository.find(id).await?;
        Ok(kept.map(|task| task.status()))
    }
}
