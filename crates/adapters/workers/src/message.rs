//! The messages between a service and its workers.
//!
//! A message consists of its kind, a number, the length of its payload, and the payload. Sending it
//! wakes the other process, which costs more than the message itself, so whatever can wait is sent
//! together with the next message.

use std::io::{self, ErrorKind, Read};

use compute_domain::MediaType;

/// Maximum payload of a message in bytes. This much fits into a socket's buffer, so that the
/// service never blocks on a worker that does not read.
pub(crate) const PIECE: usize = 64 * 1024;

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To the worker: starts a task; the payload has a byte for the type of each input. The number
    /// says how many pieces follow unrequested.
    Task,
    /// To the worker: the next bytes of that input; empty at its end.
    Piece,
    /// From the worker: requests the next bytes of that input.
    Read,
    /// From the worker: starts an output; the number is that of its type.
    Output,
    /// From the worker: bytes of that output.
    Write,
    /// From the worker: that output is complete.
    Close,
    /// From the worker: progress in thousandths.
    Progress,
    /// From the worker: the task is done.
    Done,
    /// From the worker: the data are invalid; why.
    Data,
    /// From the worker: the task failed for another reason; why.
    Failed,
    /// From the worker: the processor panicked, with this message.
    Panicked,
}

const KINDS: [Kind; 11] = [
    Kind::Task,
    Kind::Piece,
    Kind::Read,
    Kind::Output,
    Kind::Write,
    Kind::Close,
    Kind::Progress,
    Kind::Done,
    Kind::Data,
    Kind::Failed,
    Kind::Panicked,
];

/// A received message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) number: u16,
    pub(crate) bytes: Vec<u8>,
}

impl Message {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

const HEAD: usize = 7;

/// Appends a message to those waiting to be sent.
pub(crate) fn append(messages: &mut Vec<u8>, kind: Kind, number: usize, bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(PIECE)];
    let number = u16::try_from(number).unwrap_or(u16::MAX);
    let position = KINDS
        .iter()
        .position(|one| *one == kind)
        .unwrap_or_default();
    messages.push(position as u8);
    messages.extend_from_slice(&number.to_le_bytes());
    messages.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    messages.extend_from_slice(bytes);
}

/// The next message. `patience` is called whenever nothing arrives for a while; its error ends the
/// wait.
pub(crate) fn receive(
    socket: &mut impl Read,
    mut patience: impl FnMut() -> io::Result<()>,
) -> io::Result<Message> {
    let mut head = [0; HEAD];
    fill(socket, &mut head, &mut patience)?;
    let [kind, low, high, length @ ..] = head;
    let broken = || io::Error::new(ErrorKind::InvalidData, "an unknown message");
    let kind = *KINDS.get(usize::from(kind)).ok_or_else(broken)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > PIECE {
        return Err(broken());
    }
    let mut bytes = vec![0; length];
    fill(socket, &mut bytes, &mut patience)?;
    Ok(Message {
        kind,
        number: u16::from_le_bytes([low, high]),
        bytes,
    })
}

fn fill(
    socket: &mut impl Read,
    mut buffer: &mut [u8],
    patience: &mut impl FnMut() -> io::Result<()>,
) -> io::Result<()> {
    while !buffer.is_empty() {
        match socket.read(buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => buffer = &mut buffer[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                patience()?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The number that stands for a type in messages.
pub(crate) fn number_of(media_type: MediaType) -> u8 {
    let position = MediaType::ALL.iter().position(|one| *one == media_type);
    position.unwrap_or_default() as u8
}

pub(crate) fn media_type(number: u16) -> io::Result<MediaType> {
    let found = MediaType::ALL.get(usize::from(number)).copied();
    found.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "an unknown media type"))
}
