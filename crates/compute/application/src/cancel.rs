//! Stopping a task that nobody needs any more.

use compute_domain::TaskId;

use crate::ComputeService;

impl ComputeService {
    /// Stops a task that has not ended: it fails, and its sender is told. Gives whether there was
    /// such a task.
    pub fn cancel(&self, id: TaskId) -> bool {
        let canceller = self.inner.board.canceller(id);
        canceller.map(|canceller| canceller.cancel()).is_some()
    }
}
