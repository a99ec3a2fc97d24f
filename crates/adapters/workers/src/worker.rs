//! The worker process.

use std::any::Any;
use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compute_domain::MediaType;
use compute_ports::{Control, Input, Outputs, ProcessError, Processor, Work};
use rlimit::Resource;

use crate::message::{self, Kind, Message, PIECE};

/// Works on task after task for its parent process, to which the socket on standard input leads;
/// exits when the parent does. `memory` is how much this process may allocate, in bytes.
///
/// # Errors
/// If there is no such socket, or the limit cannot be set.
pub fn work(processor: &dyn Processor, memory: u64) -> io::Result<()> {
    Resource::DATA.set(memory, memory)?;
    // The data of tasks should not end up in a core dump.
    Resource::CORE.set(0, 0)?;
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (sender, received) = mpsc::channel();
    let mut reading = BufReader::with_capacity(PIECE, socket.try_clone()?);
    // A separate thread notices the end of the parent even in the middle of a task.
    std::thread::spawn(move || {
        while let Ok(message) = message::receive(&mut reading, || Ok(())) {
            if sender.send(message).is_err() {
                break;
            }
        }
        std::process::exit(0)
    });
    let link = Arc::new(Link {
        sending: Mutex::new(Sending {
            socket,
            messages: Vec::with_capacity(PIECE),
        }),
        received: Mutex::new(received),
    });
    loop {
        let task = link.received()?;
        let (kind, text) = match catch_unwind(AssertUnwindSafe(|| one(processor, &link, &task))) {
            Ok(Ok(())) => (Kind::Done, String::new()),
            Ok(Err(ProcessError::Data(why))) => (Kind::Data, why),
            Ok(Err(error)) => (Kind::Failed, error.to_string()),
            Err(panic) => (Kind::Panicked, words_of(&*panic)),
        };
        link.send(kind, 0, text.as_bytes())?;
    }
}

fn one(processor: &dyn Processor, link: &Arc<Link>, task: &Message) -> Result<(), ProcessError> {
    let mut along = vec![VecDeque::new(); task.bytes.len()];
    for _ in 0..task.number {
        let piece = link.received()?;
        let input = along.get_mut(usize::from(piece.number));
        let input = input.ok_or_else(|| io::Error::other("a piece of no input"))?;
        input.push_back(piece.bytes);
    }
    let mut inputs = Vec::with_capacity(task.bytes.len());
    for ((number, media_type), along) in task.bytes.iter().enumerate().zip(along) {
        let reader = InputReader {
            link: Arc::clone(link),
            number,
            along,
            piece: Vec::new(),
            at: 0,
            ended: false,
        };
        let media_type = message::media_type(u16::from(*media_type))?;
        inputs.push(Input::new(media_type, Box::new(reader)));
    }
    let outputs = Box::new(NewOutputs {
        link: Arc::clone(link),
        begun: 0,
    });
    let told = Arc::clone(link);
    let control = Control::telling(move |permille| {
        // The reading thread notices if the parent is gone.
        let _ = told.send(Kind::Progress, permille as usize, &[]);
    });
    processor.process(&mut Work::new(inputs, outputs, Arc::new(control)))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without words".to_owned())
}

/// Both directions of the socket.
struct Link {
    sending: Mutex<Sending>,
    received: Mutex<Receiver<Message>>,
}

struct Sending {
    socket: UnixStream,
    /// Messages that wait for the next one that cannot.
    messages: Vec<u8>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    fn send(&self, kind: Kind, number: usize, bytes: &[u8]) -> io::Result<()> {
        let mut sending = lock(&self.sending);
        let Sending { socket, messages } = &mut *sending;
        message::append(messages, kind, number, bytes);
        let waits = match kind {
            Kind::Output | Kind::Close => true,
            Kind::Write => messages.len() < PIECE,
            // At 100 %, the message that ends the task follows anyway.
            Kind::Progress => number == 1000,
            _ => false,
        };
        if waits {
            return Ok(());
        }
        let sent = socket.write_all(messages);
        messages.clear();
        sent
    }

    fn received(&self) -> io::Result<Message> {
        lock(&self.received).recv().map_err(io::Error::other)
    }

    /// Requests the next bytes of an input. Holds the lock until the answer arrives, so that no
    /// other thread receives it.
    fn ask(&self, number: usize) -> io::Result<Vec<u8>> {
        let received = lock(&self.received);
        self.send(Kind::Read, number, &[])?;
        let answer = received.recv().map_err(io::Error::other)?;
        Ok(answer.bytes)
    }
}

struct InputReader {
    link: Arc<Link>,
    number: usize,
    /// Pieces that arrived along with the task.
    along: VecDeque<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Read for InputReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() && !self.ended {
            self.piece = match self.along.pop_front() {
                Some(piece) => piece,
                None => self.link.ask(self.number)?,
            };
            self.at = 0;
            self.ended = self.piece.is_empty();
        }
        let count = (&self.piece[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

struct NewOutputs {
    link: Arc<Link>,
    begun: usize,
}

impl Outputs for NewOutputs {
    fn create(&mut self, media_type: MediaType) -> io::Result<Box<dyn Write + Send>> {
        let number = message::number_of(media_type);
        self.link.send(Kind::Output, usize::from(number), &[])?;
        let writer = OutputWriter {
            link: Arc::clone(&self.link),
            number: self.begun,
            buffer: Vec::new(),
        };
        self.begun += 1;
        Ok(Box::new(writer))
    }
}

struct OutputWriter {
    link: Arc<Link>,
    number: usize,
    buffer: Vec<u8>,
}

impl Write for OutputWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE - self.buffer.len();
        let taken = &bytes[..bytes.len().min(room)];
        self.buffer.extend_from_slice(taken);
        if self.buffer.len() == PIECE {
            self.flush()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.link.send(Kind::Write, self.number, &self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }
}

impl Drop for OutputWriter {
    fn drop(&mut self) {
        // The reading thread notices if the parent is gone.
        let _ = self.flush();
        let _ = self.link.send(Kind::Close, self.number, &[]);
    }
}
