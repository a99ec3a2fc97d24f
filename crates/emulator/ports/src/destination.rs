//! Where records go, and how their delivery is acknowledged.

use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::delivery::Checkpoint;
use emulator_domain::emulation::{EmulationId, FailureKind, RunFailure};
use emulator_domain::plan::EmulationPlan;

use crate::Batch;

/// What a destination knows of the run that it is opened for.
#[derive(Clone, Debug)]
pub struct Run {
    /// The id of the run.
    pub id: EmulationId,
    /// The plan of the run.
    pub plan: EmulationPlan,
    /// Where the run begins: at 0, or where an earlier process left off.
    pub from: Checkpoint,
}

/// A place that records can be delivered to: a Kafka cluster, an object store, nothing.
///
/// One value serves all runs of a process concurrently.
#[async_trait]
pub trait Destination: Send + Sync {
    /// Prepares what the run needs (topic, bucket, folder) and returns the producer for its
    /// records. Nothing is created before this is called.
    ///
    /// # Errors
    /// If the destination cannot be reached or refuses; in that case nothing was delivered.
    async fn open(
        &self,
        run: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Box<dyn Producer>, DestinationError>;

    /// The cluster, store or directory that records go to, for people to read: the same text in
    /// every process that delivers to the same place, a different text for a different place, and
    /// no secrets. A run that another process continues must find the same location there.
    ///
    /// # Errors
    /// If the destination must be contacted and cannot be reached or refuses.
    async fn location(&self) -> Result<String, DestinationError>;

    /// Checks whether the destination responds now, without changing anything there.
    ///
    /// # Errors
    /// If it does not respond within a few seconds, or refuses.
    async fn probe(&self) -> Result<(), DestinationError>;
}

/// Delivers the records of one run. Used by one thread, which belongs to the run, so its futures
/// may block.
///
/// Every record sent is reported exactly once through [`Acknowledgements`], in any order, at the
/// latest when [`finish`](Producer::finish) returns without an error. After an error of any method
/// nothing more is sent, and unreported records count as failed.
#[async_trait]
pub trait Producer: Send {
    /// Accepts a batch, whose indices follow those of the batch before. Returns when the batch is
    /// no longer needed and there is room for another. This is the back-pressure that bounds
    /// memory: a slow destination slows the run down.
    ///
    /// # Errors
    /// If the destination accepts no more.
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError>;

    /// The run was changed: from the next batch on, `plan` determines the times of its records.
    /// Apart from the timeline it is the plan of the run.
    ///
    /// # Errors
    /// If the destination accepts no more.
    async fn follow(&mut self, plan: &EmulationPlan) -> Result<(), DestinationError>;

    /// Delivers what is in flight and closes open objects. Called once, last, also for a cancelled
    /// run.
    ///
    /// # Errors
    /// If something could not be delivered.
    async fn finish(&mut self) -> Result<(), DestinationError>;

    /// Replaces [`finish`](Producer::finish) for a run that another process will continue: delivers
    /// what is in flight, but leaves out what would differ from an undisturbed run, such as an
    /// object that is not full. Records that are not acknowledged are sent again.
    ///
    /// A destination that takes each record by itself does the same as in `finish`.
    ///
    /// # Errors
    /// If something could not be delivered.
    async fn pause(&mut self) -> Result<(), DestinationError>;
}

/// Receives the acknowledgements of the destination. Called from any thread; never blocks for long.
pub trait Acknowledgements: Send + Sync {
    /// The destination has stored these records durably.
    fn acknowledged(&self, records: Range<u64>);

    /// These records will not be stored; `why` is for the user.
    fn failed(&self, records: Range<u64>, why: &DestinationError);
}

/// What the caller can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DestinationErrorKind {
    /// Something is missing: a topic, a bucket, a directory.
    NotFound,
    /// The user is authenticated but not authorised.
    Forbidden,
    /// The credentials are wrong or missing.
    Unauthenticated,
    /// There is no response; a retry may succeed later.
    Unreachable,
    /// The destination refuses: a limit, a name, a setting.
    Refused,
    /// There is no room left.
    Full,
    /// The reader at the other end of a pipe is gone.
    Closed,
    /// The connection broke; what was sent may or may not be stored.
    Interrupted,
}

impl From<DestinationErrorKind> for FailureKind {
    fn from(kind: DestinationErrorKind) -> Self {
        match kind {
            DestinationErrorKind::NotFound => Self::NotFound,
            DestinationErrorKind::Forbidden => Self::Forbidden,
            DestinationErrorKind::Unauthenticated => Self::Unauthenticated,
            DestinationErrorKind::Unreachable => Self::Unreachable,
            DestinationErrorKind::Refused => Self::Refused,
            DestinationErrorKind::Full => Self::Full,
            DestinationErrorKind::Closed => Self::Closed,
            DestinationErrorKind::Interrupted => Self::Interrupted,
        }
    }
}

/// A destination could not do what was asked. The message says which host, what was tried and what
/// to check, and contains no secrets.
#[derive(Debug)]
pub struct DestinationError {
    /// What the caller can do about it.
    pub kind: DestinationErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl DestinationError {
    /// An error with a message for the user.
    pub fn new(kind: DestinationErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Adds the cause, which the message does not repeat.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The message and those of all causes, joined by colons.
    pub fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl From<&DestinationError> for RunFailure {
    fn from(error: &DestinationError) -> Self {
        Self::new(error.kind.into(), error.chain())
    }
}

impl From<DestinationError> for RunFailure {
    fn from(error: DestinationError) -> Self {
        Self::from(&error)
    }
}

impl fmt::Display for DestinationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for DestinationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
