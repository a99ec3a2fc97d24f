//! The service's side: a pool of worker processes.

use std::fmt;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compute_domain::ServiceDescription;
use compute_ports::{ProcessError, Processor, Work};

use crate::message::{self, Kind, PIECE};

/// How much of each input is sent along with its task, in bytes; small inputs fit completely.
const INLINE_BYTES: usize = 8 * 1024;
/// How often a running task is checked for cancellation.
const CANCELLATION_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// The limits of a worker process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Memory that it may allocate, in bytes.
    pub memory: u64,
}

/// A processor that delegates to worker processes, each of which works on one task at a time. A
/// process is reused for the next task, unless its task was stopped, panicked or broke it.
pub struct Workers {
    description: ServiceDescription,
    /// Starts a process that calls [`work`](crate::work()) with the processor and these limits.
    command: Box<dyn Fn() -> Command + Send + Sync>,
    bounds: Bounds,
    idle: Mutex<Vec<Worker>>,
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers")
            .field("slug", &self.description.slug())
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

impl Workers {
    /// Runs `processor` in processes that `command` starts. Each must call [`work`](crate::work())
    /// with the same processor and the memory limit of `bounds`.
    pub fn new(
        processor: &dyn Processor,
        bounds: Bounds,
        command: impl Fn() -> Command + Send + Sync + 'static,
    ) -> Self {
        Self {
            description: processor.description(),
            command: Box::new(command),
            bounds,
            idle: Mutex::default(),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> io::Result<Worker> {
        // An idle worker may have died, for example killed by the system for lack of memory.
        while let Some(mut worker) = self.idle().pop() {
            if matches!(worker.process.try_wait(), Ok(None)) {
                return Ok(worker);
            }
        }
        Worker::start((self.command)())
    }

    fn broken(&self, worker: &mut Worker) -> ProcessError {
        let ended = match worker.end() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::warn!(ended, "a worker process ended before its work was done");
        ProcessError::Broken(format!(
            "the work on this data broke off ({ended}); a task may use {} MiB of memory, and may \
             have needed more: try it with less data",
            self.bounds.memory >> 20
        ))
    }
}

impl Processor for Workers {
    fn description(&self) -> ServiceDescription {
        self.description.clone()
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        let mut worker = self.take().map_err(|error| {
            ProcessError::Broken(format!(
                "no process could be started for this task ({error}); try it again later"
            ))
        })?;
        match worker.carry_out(work) {
            Ok(End::Done(result)) => {
                self.idle().push(worker);
                result
            }
            Ok(End::Panicked(words)) => {
                // As if it had panicked in this process.
                drop(worker);
                std::panic::resume_unwind(Box::new(words))
            }
            Err(WorkFailure::Worker) => Err(self.broken(&mut worker)),
            Err(WorkFailure::Task(error)) => Err(error.into()),
        }
    }
}

/// A worker process, which is ended when this is dropped.
struct Worker {
    process: Child,
    socket: BufReader<UnixStream>,
}

enum End {
    Done(Result<(), ProcessError>),
    Panicked(String),
}

/// Why the work was not completed.
enum WorkFailure {
    /// The process has died or violates the protocol.
    Worker,
    /// An input or output failed, or the task was cancelled.
    Task(io::Error),
}

impl Worker {
    fn start(mut command: Command) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        socket.set_read_timeout(Some(CANCELLATION_CHECK_INTERVAL))?;
        let process = command
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            // Signals from a terminal are meant for the service, which lets its tasks finish.
            .process_group(0)
            .spawn()?;
        let socket = BufReader::with_capacity(PIECE, socket);
        Ok(Self { process, socket })
    }

    fn end(&mut self) -> io::Result<std::process::ExitStatus> {
        let gone = self.process.try_wait()?;
        if let Some(status) = gone {
            return Ok(status);
        }
        // It has just closed the socket and is about to exit; otherwise it is killed below.
        std::thread::sleep(Duration::from_millis(20));
        if let Some(status) = self.process.try_wait()? {
            return Ok(status);
        }
        self.process.kill()?;
        self.process.wait()
    }

    fn send(&self, messages: &[u8]) -> io::Result<()> {
        self.socket.get_ref().write_all(messages)
    }

    fn carry_out(&mut self, work: &mut Work) -> Result<End, WorkFailure> {
        let types: Vec<u8> = work
            .inputs
            .iter()
            .map(|input| message::number_of(input.media_type))
            .collect();
        let worker = |_| WorkFailure::Worker;
        let mut buffer = vec![0; PIECE];
        let (mut inline, mut count) = (Vec::new(), 0);
        for (number, input) in work.inputs.iter_mut().enumerate() {
            // After a short piece, the next one is usually the empty one at the end of the input.
            for _ in 0..2 {
                let len = read(input, &mut buffer[..INLINE_BYTES]).map_err(WorkFailure::Task)?;
                message::append(&mut inline, Kind::Piece, number, &buffer[..len]);
                count += 1;
                if len == 0 || len == INLINE_BYTES {
                    break;
                }
            }
        }
        let mut messages = Vec::with_capacity(PIECE);
        message::append(&mut messages, Kind::Task, count, &types);
        messages.append(&mut inline);
        self.send(&messages).map_err(worker)?;
        let mut outputs: Vec<Option<Box<dyn Write + Send>>> = Vec::new();
        loop {
            let mut stopped = false;
            let message = message::receive(&mut self.socket, || {
                stopped = work.is_cancelled();
                if stopped {
                    return Err(ErrorKind::Interrupted.into());
                }
                Ok(())
            });
            let message = match message {
                Ok(message) => message,
                Err(_) if stopped => {
                    let why = io::Error::new(ErrorKind::BrokenPipe, "the task was stopped");
                    return Err(WorkFailure::Task(why));
                }
                Err(_) => return Err(WorkFailure::Worker),
            };
            let number = usize::from(message.number);
            match message.kind {
                Kind::Read => {
                    let input = work.inputs.get_mut(number).ok_or(WorkFailure::Worker)?;
                    let count = read(input, &mut buffer).map_err(WorkFailure::Task)?;
                    messages.clear();
                    message::append(&mut messages, Kind::Piece, number, &buffer[..count]);
                    self.send(&messages).map_err(worker)?;
                }
                Kind::Output => {
                    let media_type = message::media_type(message.number).map_err(worker)?;
                    let output = work.output(media_type).map_err(|error| match error {
                        ProcessError::Io(error) => WorkFailure::Task(error),
                        other => WorkFailure::Task(io::Error::other(other)),
                    })?;
                    outputs.push(Some(output));
                }
                Kind::Write => {
                    let output = outputs.get_mut(number).and_then(Option::as_mut);
                    let output = output.ok_or(WorkFailure::Worker)?;
                    output
                        .write_all(&message.bytes)
                        .map_err(WorkFailure::Task)?;
                }
                Kind::Close => {
                    let output = outputs.get_mut(number).and_then(Option::take);
                    output
                        .ok_or(WorkFailure::Worker)?
                        .flush()
                        .map_err(WorkFailure::Task)?;
                }
                Kind::Progress => work.report_progress(f64::from(message.number) / 1000.0),
                Kind::Done => return Ok(End::Done(Ok(()))),
                Kind::Data => return Ok(End::Done(Err(ProcessError::Data(message.text())))),
                Kind::Failed => return Ok(End::Done(Err(ProcessError::Broken(message.text())))),
                Kind::Panicked => return Ok(End::Panicked(message.text())),
                Kind::Task | Kind::Piece => return Err(WorkFailure::Worker),
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // If it has already exited, that is just as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Fills the buffer as far as the input allows; 0 at the end.
fn read(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
