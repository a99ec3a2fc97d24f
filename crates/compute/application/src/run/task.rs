//! Carrying out one task.

use std::sync::Arc;
use std::time::Duration;

use compute_domain::{ObjectKey, Outcome, TaskStatus};
use compute_ports::{Control, Input, ProcessError, StoreAccess, StoreError, Work};
use futures::future::try_join_all;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

use super::channel::{self, NewOutput, Reading, Stored};
use crate::board::Active;
use crate::metrics::count_ended;
use crate::service::{Inner, Next};

/// How long it may take to note the end of a task before its sender is told all the same.
const NOTE_TIME: Duration = Duration::from_secs(30);

impl Inner {
    /// Carries a task out and notes how it ended, unless the process is to end first.
    pub(crate) async fn carry_out(self: &Arc<Self>, next: Next) {
        let Next { active, access } = next;
        // Whatever happens to this future, the processor is asked to stop when it is gone.
        let guard = CancelOnDrop(Arc::clone(&active.control));
        let deadline = self.limits.deadline;
        let worked = tokio::select! {
            biased;
            () = self.abandon.cancelled() => return,
            () = active.cancel.cancelled() => Err("the task was cancelled".to_owned()),
            worked = timeout(deadline, self.work(&active, &access)) => {
                worked.unwrap_or_else(|_| Err(format!(
                    "the task was not done in {} s, which is what this service allows; \
                     try it with less data",
                    deadline.as_secs()
                )))
            }
        };
        drop(guard);
        let outcome = worked.map_or_else(Outcome::Failed, Outcome::Finished);
        self.end(&active, outcome).await;
    }

    /// Notes how a task ended, and then tells its sender.
    pub(crate) async fn end(self: &Arc<Self>, active: &Active, outcome: Outcome) {
        let id = active.task.id();
        let now = self.ports.clock.now();
        let ended = self.board.update(id, |task| {
            task.end(outcome, now)
                .expect("it ends here only, and finishes after saving");
        });
        let Some(task) = ended else { return };
        if let Some(Outcome::Failed(why)) = task.outcome() {
            tracing::info!(task_id = %id, why, "a task failed");
        }
        count_ended(self.description.slug(), &task);
        // First noted, then told: otherwise a crash in between could lead to a second, other end.
        let noted = async {
            while let Err(error) = self.ports.repository.save(&task).await {
                tracing::error!(task_id = %id, %error, "the end of a task was not recorded");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        if timeout(NOTE_TIME, noted).await.is_err() {
            tracing::error!(
                task_id = %id,
                "the sender of the task gets its callback all the same, perhaps twice"
            );
        }
        self.board.settle(task.clone());
        self.deliver(task);
    }

    /// The work itself; why it failed is for people.
    async fn work(&self, active: &Active, access: &StoreAccess) -> Result<Vec<ObjectKey>, String> {
        let task = &active.task;
        let keys = &task.snapshot().inputs;
        let types = self
            .description
            .match_inputs(keys)
            .map_err(|error| error.to_string())?;

        self.advance(active, TaskStatus::Fetching);
        let opened = keys.iter().map(|key| self.ports.stores.open(access, key));
        let readers = try_join_all(opened).await.map_err(|error| error.message)?;

        self.advance(active, TaskStatus::Processing);
        let size = readers.iter().map(|reader| reader.size()).sum();
        let reading = Arc::new(Reading::new(Arc::clone(&active.control), size));
        // Dropped with this future, and then they end.
        let mut fetching = JoinSet::new();
        let mut inputs = Vec::with_capacity(readers.len());
        for (reader, media_type) in readers.into_iter().zip(types) {
            let (pump, input) = channel::input(reader, Arc::clone(&reading));
            fetching.spawn(pump);
            inputs.push(Input::new(media_type, input));
        }
        let (outputs, mut begun) = channel::outputs(task.id(), &self.description);
        let mut work = Work::new(inputs, outputs, Arc::clone(&active.control));
        let processor = Arc::clone(&self.ports.processor);
        let mut processing = tokio::task::spawn_blocking(move || processor.process(&mut work));

        let mut storing: JoinSet<Result<Stored, StoreError>> = JoinSet::new();
        let mut keys = Vec::new();
        let mut store_error = None;
        let processed = loop {
            tokio::select! {
                Some(output) = begun.recv() => {
                    keys.push(output.key.clone());
                    storing.spawn(self.store(access.clone(), output));
                }
                Some(Ok(Err(error))) = fetching.join_next() => {
                    store_error.get_or_insert(error);
                }
                processed = &mut processing => break processed,
            }
        };
        // What was begun just before the end.
        while let Ok(output) = begun.try_recv() {
            keys.push(output.key.clone());
            storing.spawn(self.store(access.clone(), output));
        }
        let failure = self.failure(active, processed, keys.len());
        let mut stored = Vec::with_capacity(keys.len());
        if failure.is_none() {
            self.advance(active, TaskStatus::Saving);
        }
        while let Some(joined) = storing.join_next().await {
            match joined {
                Ok(Ok(one)) => stored.push(one),
                Ok(Err(error)) => {
                    store_error.get_or_insert(error);
                }
                Err(error) => return Err(format!("storing an output broke off: {error}")),
            }
        }
        while let Some(Ok(fetched)) = fetching.try_join_next() {
            if let Err(error) = fetched {
                store_error.get_or_insert(error);
            }
        }
        // What a processor says of a store that failed is only what it saw of it.
        if let Some(error) = store_error.filter(|_| !matches!(&failure, Some(Failure::Data(_)))) {
            return Err(error.message);
        }
        if let Some(Failure::Data(why) | Failure::Other(why)) = failure {
            return Err(why);
        }
        let finished = stored.into_iter().map(Stored::finish);
        try_join_all(finished)
            .await
            .map_err(|error| error.message)?;
        Ok(keys)
    }

    /// Why the processor's end is not a success.
    fn failure(
        &self,
        active: &Active,
        processed: Result<Result<(), ProcessError>, JoinError>,
        outputs: usize,
    ) -> Option<Failure> {
        let fields = self.description.draft().data_out.len();
        match processed {
            Ok(Ok(())) if outputs == fields => None,
            Ok(Ok(())) => Some(Failure::Other(format!(
                "the service wrote {outputs} of {fields} outputs; this is a mistake of the \
                 service, tell its operator"
            ))),
            Ok(Err(ProcessError::Data(why))) => Some(Failure::Data(why)),
            Ok(Err(error)) => Some(Failure::Other(error.to_string())),
            Err(panicked) => {
                let id = active.task.id();
                tracing::error!(task_id = %id, %panicked, "the processor panicked");
                Some(Failure::Other(format!(
                    "the service failed over this data; this is a mistake of the service, \
                     tell its operator the task's id, {id}"
                )))
            }
        }
    }

    /// Stores an output up to its end, but does not finish it.
    fn store(
        &self,
        access: StoreAccess,
        output: NewOutput,
    ) -> impl Future<Output = Result<Stored, StoreError>> + Send + 'static {
        let stores = Arc::clone(&self.ports.stores);
        async move {
            let mut writer = stores
                .create(&access, &output.key, output.media_type)
                .await?;
            let mut pieces = output.pieces;
            while let Some(piece) = pieces.recv().await {
                writer.write(piece).await?;
            }
            Ok(Stored(writer))
        }
    }

    fn advance(&self, active: &Active, to: TaskStatus) {
        let now = self.ports.clock.now();
        self.board.update(active.task.id(), |task| {
            task.advance(to, now)
                .expect("the phases are entered in order");
        });
    }
}

enum Failure {
    /// The processor found the data wrong.
    Data(String),
    /// Something else, for which a store may be the cause.
    Other(String),
}

struct CancelOnDrop(Arc<Control>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
