//! Cancels tasks.

use compute_domain::TaskId;

use crate::ComputeService;

impl ComputeService {
    /// Cancels a task that has not ended: it fails, and its sender gets the callback. Returns
    /// whether there was such a task.
    pub fn cancel(&self, id: TaskId) -> bool {
        let canceller = self.inner.board.canceller(id);
        canceller.map(|canceller| canceller.cancel()).is_some()
    }
}
