//! The side of the service.

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

/// How much of each input goes along with its task, in bytes: small ones go whole.
const ALONG: usize = 8 * 1024;
/// How often a task that is being worked on is asked whether anybody still waits for it.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// What one process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Memory that it allocates, in bytes.
    pub memory: u64,
}

/// A processor whose work is done by other processes, one task at a time in each. A process is kept
/// for the next task unless its task was stopped, panicked or broke it.
pub struct Workers {
    description: ServiceDescription,
    /// Starts a process that calls [`work`](crate::work()) with the processor and these bounds.
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
    /// Does the work of `processor` in processes that `command` starts: each must call
    /// [`work`](crate::work()) with the same processor and the memory of `bounds`.
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
        // One may have ended while nobody needed it; the system kills where memory is short.
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
                // As if it had happened here.
                drop(worker);
                std::panic::resume_unwind(Box::new(words))
            }
            Err(Trouble::Worker) => Err(self.broken(&mut worker)),
            Err(Trouble::Task(error)) => Err(error.into()),
        }
    }
}

/// A process, which ends when this is dropped.
struct Worker {
    process: Child,
    socket: BufReader<UnixStream>,
}

enum End {
    Done(Result<(), ProcessError>),
    Panicked(String),
}

/// Why the work did not come to an end.
enum Trouble {
    /// The process has ended, or talks nonsense.
    Worker,
    /// Inputs or outputs fail, or nobody waits for the task any more.
    Task(io::Error),
}

impl Worker {
    fn start(mut command: Command) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        socket.set_read_timeout(Some(ASK_EVERY))?;
        let process = command
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            // Signals from a terminal are for the service, which lets its tasks end.
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
        // It closed the socket a moment ago, or is to be ended.
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

    fn carry_out(&mut self, work: &mut Work) -> Result<End, Trouble> {
        let types: Vec<u8> = work
            .inputs
            .iter()
            .map(|input| message::number_of(input.media_type))
            .collect();
        let worker = |_| Trouble::Worker;
        let mut buffer = vec![0; PIECE];
        let (mut along, mut count) = (Vec::new(), 0);
        for (number, input) in work.inputs.iter_mut().enumerate() {
            // What comes after a short piece is mostly the end.
            for _ in 0..2 {
                let len = read(input, &mut buffer[..ALONG]).map_err(Trouble::Task)?;
                message::append(&mut along, Kind::Piece, number, &buffer[..len]);
                count += 1;
                if len == 0 || len == ALONG {
                    break;
                }
            }
        }
        let mut messages = Vec::with_capacity(PIECE);
        message::append(&mut messages, Kind::Task, count, &types);
        messages.append(&mut along);
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
                    return Err(Trouble::Task(why));
                }
                Err(_) => return Err(Trouble::Worker),
            };
            let number = usize::from(message.number);
            match message.kind {
                Kind::Read => {
                    let input = work.inputs.get_mut(number).ok_or(Trouble::Worker)?;
                    let count = read(input, &mut buffer).map_err(Trouble::Task)?;
                    messages.clear();
                    message::append(&mut messages, Kind::Piece, number, &buffer[..count]);
                    self.send(&messages).map_err(worker)?;
                }
                Kind::Output => {
                    let media_type = message::media_type(message.number).map_err(worker)?;
                    let output = work.output(media_type).map_err(|error| match error {
                        ProcessError::Io(error) => Trouble::Task(error),
                        other => Trouble::Task(io::Error::other(other)),
                    })?;
                    outputs.push(Some(output));
                }
                Kind::Write => {
                    let output = outputs.get_mut(number).and_then(Option::as_mut);
                    let output = output.ok_or(Trouble::Worker)?;
                    output.write_all(&message.bytes).map_err(Trouble::Task)?;
                }
                Kind::Close => {
                    let output = outputs.get_mut(number).and_then(Option::take);
                    output
                        .ok_or(Trouble::Worker)?
                        .flush()
                        .map_err(Trouble::Task)?;
                }
                Kind::Progress => work.report_progress(f64::from(message.number) / 1000.0),
                Kind::Done => return Ok(End::Done(Ok(()))),
                Kind::Data => return Ok(End::Done(Err(ProcessError::Data(message.text())))),
                Kind::Failed => return Ok(End::Done(Err(ProcessError::Broken(message.text())))),
                Kind::Panicked => return Ok(End::Panicked(message.text())),
                Kind::Task | Kind::Piece => return Err(Trouble::Worker),
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// As many bytes as there are at once, none at the end.
fn read(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
