//! The work of a service.

mod memory;

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use compute_domain::{MediaType, ServiceDescription};

pub use memory::process_in_memory;

/// The work of a service: files in, files out.
///
/// It is called on a separate thread, for several tasks at once if the service is configured so.
/// The same inputs should give the same outputs: a task whose process was killed is repeated, and
/// its outputs then overwrite those of the first attempt.
pub trait Processor: Send + Sync {
    /// What engines are told about it. Must be constant.
    fn description(&self) -> ServiceDescription;

    /// Does the work of one task: reads [`Work::inputs`] and writes one output for each of the
    /// description's fields, in their order.
    ///
    /// Reading and writing fail once the task is cancelled or its time is up, so that most
    /// processors stop by themselves; one that computes for long should check
    /// [`Work::is_cancelled`].
    ///
    /// # Errors
    /// Why the task fails, for people. A panic also fails the task, with a less helpful message.
    fn process(&self, work: &mut Work) -> Result<(), ProcessError>;
}

/// Why a task fails, for people.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The data are unusable: what is wrong, what is allowed.
    #[error("{0}")]
    Data(String),
    /// Reading an input or writing an output failed.
    #[error("the data could not be read or written: {0}")]
    Io(#[from] io::Error),
    /// The work was aborted regardless of the data: for example, it needed too much memory.
    #[error("{0}")]
    Broken(String),
}

impl ProcessError {
    /// The data are unusable; `why` says what is wrong and what is allowed.
    pub fn data(why: impl Into<String>) -> Self {
        Self::Data(why.into())
    }
}

/// One task's inputs and outputs.
pub struct Work {
    /// The inputs, in the order of the fields.
    pub inputs: Vec<Input>,
    outputs: Box<dyn Outputs>,
    control: Arc<Control>,
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("inputs", &self.inputs.len())
            .finish_non_exhaustive()
    }
}

impl Work {
    /// For code that runs processors.
    pub fn new(inputs: Vec<Input>, outputs: Box<dyn Outputs>, control: Arc<Control>) -> Self {
        Self {
            inputs,
            outputs,
            control,
        }
    }

    /// Starts the next output; the first call is for the first field. Bytes may be sent as soon as
    /// they are written, so memory stays small, but they count only if the whole task succeeds.
    ///
    /// # Errors
    /// If there are no more fields, or the next one accepts only other types.
    pub fn output(&mut self, media_type: MediaType) -> Result<Box<dyn Write + Send>, ProcessError> {
        Ok(self.outputs.create(media_type)?)
    }

    /// Whether the task was cancelled or its time is up.
    pub fn is_cancelled(&self) -> bool {
        self.control.is_cancelled()
    }

    /// Reports progress from 0 to 1. Until all inputs are read, the share read so far is reported
    /// automatically; a value below an earlier one is ignored.
    pub fn report_progress(&self, done: f64) {
        self.control.report_progress(done);
    }
}

/// An input file. It can be read once, from its beginning.
pub struct Input {
    /// Its type, one of those that its field accepts.
    pub media_type: MediaType,
    reader: Box<dyn Read + Send>,
}

impl Input {
    /// For code that runs processors.
    pub fn new(media_type: MediaType, reader: Box<dyn Read + Send>) -> Self {
        Self { media_type, reader }
    }

    /// Reads the rest of it.
    ///
    /// # Errors
    /// If it is longer than `limit` bytes, or cannot be read.
    pub fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, ProcessError> {
        let mut bytes = Vec::new();
        let more = (limit as u64).saturating_add(1);
        self.reader.by_ref().take(more).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            return Err(ProcessError::Data(format!(
                "the {} file is too large; at most {limit} bytes are allowed",
                self.media_type
            )));
        }
        Ok(bytes)
    }

    /// Reads the rest of it as text.
    ///
    /// # Errors
    /// If it is longer than `limit` bytes, is not UTF-8 or cannot be read.
    pub fn text(&mut self, limit: usize) -> Result<String, ProcessError> {
        String::from_utf8(self.bytes(limit)?).map_err(|error| {
            ProcessError::Data(format!(
                "the {} file is not UTF-8 from byte {} on; save it as UTF-8",
                self.media_type,
                error.utf8_error().valid_up_to()
            ))
        })
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

/// Receives a task's outputs.
pub trait Outputs: Send {
    /// Starts the output of the next field. Each is completed when the task succeeds.
    ///
    /// # Errors
    /// If there are no more fields, the next one accepts only other types, or the task is
    /// cancelled.
    fn create(&mut self, media_type: MediaType) -> io::Result<Box<dyn Write + Send>>;
}

/// The cancellation flag and the progress of a running task.
#[derive(Default)]
pub struct Control {
    cancelled: AtomicBool,
    permille: AtomicU32,
    tell: Option<Box<dyn Fn(u32) + Send + Sync>>,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("cancelled", &self.is_cancelled())
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}

impl Control {
    /// Calls `tell` whenever another thousandth is done, with the number of thousandths.
    pub fn telling(tell: impl Fn(u32) + Send + Sync + 'static) -> Self {
        Self {
            tell: Some(Box::new(tell)),
            ..Self::default()
        }
    }

    /// Requests the processor to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was requested to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Records progress from 0 to 1, if it is more than before.
    pub fn report_progress(&self, done: f64) {
        let permille = (done.clamp(0.0, 1.0) * 1000.0) as u32;
        let before = self.permille.fetch_max(permille, Ordering::Relaxed);
        if let Some(tell) = self.tell.as_ref().filter(|_| before < permille) {
            tell(permille);
        }
    }

    /// The progress from 0 to 1, as far as it is known.
    pub fn progress(&self) -> f64 {
        f64::from(self.permille.load(Ordering::Relaxed)) / 1000.0
    }
}
