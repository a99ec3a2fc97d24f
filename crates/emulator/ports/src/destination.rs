//! Where records go and who answers for them.

use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::delivery::Checkpoint;
use emulator_domain::emulation::{EmulationId, FailureKind, RunFailure};
use emulator_domain::plan::EmulationPlan;

use crate::Batch;

/// What a destination is told of the run that it is opened for.
#[derive(Clone, Debug)]
pub struct Run {
    /// Names the run.
    pub id: EmulationId,
    /// What it is to do.
    pub plan: EmulationPlan,
    /// Where it begins: at 0, or where an earlier process left off.
    pub from: Checkpoint,
}

/// A place that records can be delivered to: a Kafka cluster, an object store, nothing.
///
/// One value serves all runs of a process, at the same time.
#[async_trait]
pub trait Destination: Send + Sync {
    /// Makes ready what the run needs (topic, bucket, folder) and gives what takes its records.
    /// Nothing is made before this is called.
    ///
    /// # Errors
    /// If the destination cannot be reached or refuses; nothing was delivered then.
    async fn open(
        &self,
        run: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Box<dyn Producer>, DestinationError>;

    /// The cluster, store or directory that records go to, for people: the same text in every
    /// process that delivers to the same place, another text for another place, no secret in it.
    /// A run that goes on in another process is held to it.
    ///
    /// # Errors
    /// If the destination has to be asked and cannot be reached, or refuses.
    async fn location(&self) -> Result<String, DestinationError>;

    /// Asks whether the destination would answer now, and changes nothing there.
    ///
    /// # Errors
    /// If it does not answer in a few seconds, or refuses.
    async fn probe(&self) -> Result<(), DestinationError>;
}

/// Delivers the records of one run. Used by one thread, which belongs to the run: its futures may
/// block.
///
/// Every record that was sent is answered for exactly once through [`Acknowledgements`], in any
/// order, at the latest when [`finish`](Producer::finish) returns without an error. After an error of
/// any method nothing more is sent, and what was not answered for counts as failed.
#[async_trait]
pub trait Producer: Send {
    /// Takes a batch, whose indices follow those of the batch before. Returns when the batch is
    /// no longer needed and there is room for another; waits while there is none, so memory stays
    /// bounded and a slow destination slows the run.
    ///
    /// # Errors
    /// If the destination will take no more.
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError>;

    /// The run was changed: its records from the next batch on happen when `plan` says, which is that
    /// of the run but for the timeline.
    ///
    /// # Errors
    /// If the destination will take no more.
    async fn follow(&mut self, plan: &EmulationPlan) -> Result<(), DestinationError>;

    /// Delivers what is still on its way and closes open objects. Called once, last, also for a
    /// cancelled run.
    ///
    /// # Errors
    /// If something could not be delivered.
    async fn finish(&mut self) -> Result<(), DestinationError>;

    /// In place of [`finish`](Producer::finish) for a run that another process will carry on:
    /// delivers what is still on its way, and leaves out what would come out other than in an
    /// undisturbed run, such as an object that is not full. What is not answered for comes again.
    ///
    /// A destination that takes each record by itself does what `finish` does.
    ///
    /// # Errors
    /// If something could not be delivered.
    async fn pause(&mut self) -> Result<(), DestinationError>;
}

/// Receives the destination's answers. Called from any thread, never blocks for long.
pub trait Acknowledgements: Send + Sync {
    /// The destination has stored these records, whatever happens to us now.
    fn acknowledged(&self, records: Range<u64>);

    /// These will not be stored; `why` is for people.
    fn failed(&self, records: Range<u64>, why: &DestinationError);
}

/// What the caller can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DestinationErrorKind {
    /// Something that should be there is not: a topic, a bucket, a directory.
    NotFound,
    /// The user is known and may not do it.
    Forbidden,
    /// The credentials are wrong or missing.
    Unauthenticated,
    /// Nobody answers; later somebody may.
    Unreachable,
    /// Somebody answers and says no: a limit, a name, a setting.
    Refused,
    /// There is no room left.
    Full,
    /// The reader at the other end of a pipe has gone and wants no more.
    Closed,
    /// It broke off on the way; what was sent may or may not be stored.
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

/// A destination could not do what was asked. The text says which host, what was tried and what to
/// check, and has no secret in it.
#[derive(Debug)]
pub struct DestinationError {
    /// What the caller can do about it.
    pub kind: DestinationErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl DestinationError {
    /// An error with its text for people.
    pub fn new(kind: DestinationErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// With what caused it, which the text does not repeat.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The text and those of all causes, joined by colons.
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
