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
/// It is called on a thread of its own, for several tasks at the same time if the service is set up
/// so. The same inputs should give the same outputs: a task whose process was killed is done again,
/// and its outputs then replace those of the first time.
pub trait Processor: Send + Sync {
    /// What engines are told of it. Always the same.
    fn description(&self) -> ServiceDescription;

    /// Does the work of one task: reads [`Work::inputs`] and writes one output for each of the
    /// description's fields, in their order.
    ///
    /// Reading and writing fail once the task is cancelled or its time is up, so that most
    /// processors stop by themselves; one that computes for long asks [`Work::is_cancelled`].
    ///
    /// # Errors
    /// Why the task fails, for people. A panic fails the task too, with less to say.
    fn process(&self, work: &mut Work) -> Result<(), ProcessError>;
}

/// Why a task fails, for people.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The data cannot be used: what is wrong, what is allowed.
    #[error("{0}")]
    Data(String),
    /// Input or output broke off.
    #[error("the data could not be read or written: {0}")]
    Io(#[from] io::Error),
    /// The work broke off, whatever the data: it needed too much memory, for example.
    #[error("{0}")]
    Broken(String),
}

impl ProcessError {
    /// The data cannot be used; `why` says what is wrong and what is allowed.
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
    /// For whoever runs processors.
    pub fn new(inputs: Vec<Input>, outputs: Box<dyn Outputs>, control: Arc<Control>) -> Self {
        Self {
            inputs,
            outputs,
            control,
        }
    }

    /// Begins the next output: the first call is for the first field. What is written may be sent
    /// at once, so memory stays small; it counts only if the whole task succeeds.
    ///
    /// # Errors
    /// If there are no more fields, or the next one is of other types.
    pub fn output(&mut self, media_type: MediaType) -> Result<Box<dyn Write + Send>, ProcessError> {
        Ok(self.outputs.create(media_type)?)
    }

    /// Whether nobody waits for the result any more.
    pub fn is_cancelled(&self) -> bool {
        self.control.is_cancelled()
    }

    /// Tells how much of the work is done, from 0 to 1. By itself it is the share of the inputs that
    /// was read, until all were; less than what was told before counts for nothing.
    pub fn report_progress(&self, done: f64) {
        self.control.report_progress(done);
    }
}

/// One file that goes in. Reading it gives its bytes from the beginning, once.
pub struct Input {
    /// Its type, one of those of its field.
    pub media_type: MediaType,
    reader: Box<dyn Read + Send>,
}

impl Input {
    /// For whoever runs processors.
    pub fn new(media_type: MediaType, reader: Box<dyn Read + Send>) -> Self {
        Self { media_type, reader }
    }

    /// The rest of it.
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

    /// The rest of it, as text.
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

/// Where a task's outputs go.
pub trait Outputs: Send {
    /// Begins the output of the next field. Each is finished when the task succeeds.
    ///
    /// # Errors
    /// If there are no more fields, the next one is of other types, or the task is cancelled.
    fn create(&mut self, media_type: MediaType) -> io::Result<Box<dyn Write + Send>>;
}

/// What a running task and whoever watches it tell each other.
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
    /// One that tells when another thousandth is done, and how many are.
    pub fn telling(tell: impl Fn(u32) + Send + Sync + 'static) -> Self {
        Self {
            tell: Some(Box::new(tell)),
            ..Self::default()
        }
    }

    /// Asks the processor to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Notes how much is done, from 0 to 1, if it is more than before.
    pub fn report_progress(&self, done: f64) {
        let permille = (done.clamp(0.0, 1.0) * 1000.0) as u32;
        let before = self.permille.fetch_max(permille, Ordering::Relaxed);
        if let Some(tell) = self.tell.as_ref().filter(|_| before < permille) {
            tell(permille);
        }
    }

    /// How much is done, from 0 to 1, as far as is known.
    pub fn progress(&self) -> f64 {
        f64::from(self.permille.load(Ordering::Relaxed)) / 1000.0
    }
}
