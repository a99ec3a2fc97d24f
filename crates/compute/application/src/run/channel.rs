//! Connects stores, which are asynchronous, with the processor, which blocks.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, Bytes, BytesMut};
use compute_domain::{MediaType, ObjectKey, ServiceDescription, TaskId, output_key};
use compute_ports::{Control, ObjectReader, ObjectWriter, Outputs, StoreError};
use tokio::sync::mpsc;

/// Number of pieces in flight.
const AHEAD: usize = 1;
/// How many bytes a processor writes before they are passed on.
const PIECE: usize = 256 * 1024;

/// How much of a task's inputs has been read.
pub(super) struct Reading {
    control: Arc<Control>,
    size: u64,
    read: AtomicU64,
}

impl Reading {
    pub(super) fn new(control: Arc<Control>, size: u64) -> Self {
        Self {
            control,
            size,
            read: AtomicU64::new(0),
        }
    }

    /// Counts the share of the inputs that was read as progress. The last piece of each is not
    /// counted: progress after all inputs were read is the processor's to report.
    fn advance(&self, len: usize) {
        let read = self.read.fetch_add(len as u64, Ordering::Relaxed) + len as u64;
        self.control.report_progress(read as f64 / self.size as f64);
    }
}

/// A future that reads an object to its end, and the reader from which the processor receives it.
pub(super) fn input(
    mut reader: Box<dyn ObjectReader>,
    reading: Arc<Reading>,
) -> (
    impl Future<Output = Result<(), StoreError>> + Send + 'static,
    Box<dyn Read + Send>,
) {
    let (sender, pieces) = mpsc::channel(AHEAD);
    let pump = async move {
        let mut left = reader.size();
        while let Some(bytes) = reader.next().await? {
            let len = bytes.len();
            left = left.saturating_sub(len as u64);
            let last = left == 0;
            if sender.send(Piece { bytes, last }).await.is_err() || last {
                // The processor needs no more, or this was the last piece.
                return Ok(());
            }
            reading.advance(len);
        }
        let end = Piece {
            bytes: Bytes::new(),
            last: true,
        };
        // The processor may not need the end either.
        let _ = sender.send(end).await;
        Ok(())
    };
    let input = InputReader {
        pieces,
        piece: Bytes::new(),
        ended: false,
    };
    (pump, Box::new(input))
}

struct Piece {
    bytes: Bytes,
    /// If the channel closes without it, the input was cut off.
    last: bool,
}

struct InputReader {
    pieces: mpsc::Receiver<Piece>,
    piece: Bytes,
    ended: bool,
}

impl Read for InputReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.ended {
            let piece = self.pieces.blocking_recv().ok_or_else(stopped)?;
            (self.piece, self.ended) = (piece.bytes, piece.last);
        }
        let len = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..len]);
        Ok(len)
    }
}

/// An output that the processor has started.
pub(super) struct NewOutput {
    pub(super) key: ObjectKey,
    pub(super) media_type: MediaType,
    pub(super) pieces: mpsc::Receiver<Bytes>,
}

/// An output that is uploaded completely but does not exist yet.
pub(super) struct Stored(pub(super) Box<dyn ObjectWriter>);

impl Stored {
    pub(super) async fn finish(self) -> Result<(), StoreError> {
        self.0.finish().await
    }
}

/// Creates the processor's outputs, and the channel on which they arrive.
pub(super) fn outputs(
    task: TaskId,
    description: &ServiceDescription,
) -> (Box<dyn Outputs>, mpsc::UnboundedReceiver<NewOutput>) {
    let (begun, arriving) = mpsc::unbounded_channel();
    let fields = &description.draft().data_out;
    let outputs = ChannelOutputs {
        task,
        types: fields.iter().map(|field| field.types.clone()).collect(),
        position: 0,
        begun,
    };
    (Box::new(outputs), arriving)
}

struct ChannelOutputs {
    task: TaskId,
    types: Vec<Vec<MediaType>>,
    position: usize,
    begun: mpsc::UnboundedSender<NewOutput>,
}

impl Outputs for ChannelOutputs {
    fn create(&mut self, media_type: MediaType) -> io::Result<Box<dyn Write + Send>> {
        let position = self.position;
        let refused = |why: String| io::Error::new(ErrorKind::InvalidInput, why);
        let types = self.types.get(position).ok_or_else(|| {
            let fields = self.types.len();
            refused(format!(
                "the service has {fields} outputs and begins another one"
            ))
        })?;
        if !types.contains(&media_type) {
            return Err(refused(format!("output {position} is never {media_type}")));
        }
        let (sender, pieces) = mpsc::channel(AHEAD);
        let key = output_key(self.task, position, media_type);
        let output = NewOutput {
            key,
            media_type,
            pieces,
        };
        self.begun.send(output).map_err(|_| stopped())?;
        self.position += 1;
        Ok(Box::new(OutputWriter {
            sender,
            buffer: BytesMut::new(),
        }))
    }
}

struct OutputWriter {
    sender: mpsc::Sender<Bytes>,
    buffer: BytesMut,
}

impl OutputWriter {
    fn hand_on(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = self.buffer.split().freeze();
        self.sender.blocking_send(piece).map_err(|_| stopped())
    }
}

impl Write for OutputWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()
    }
}

impl Drop for OutputWriter {
    fn drop(&mut self) {
        // If nobody receives it, the store failed or the task was abandoned, which is handled
        // elsewhere.
        let _ = self.hand_on();
    }
}

fn stopped() -> io::Error {
    io::Error::new(ErrorKind::BrokenPipe, "the task was stopped")
}

#[cfg(test)]
mod tests {
    use compute_ports::contract::copying;

    use super::*;

    #[test]
    fn what_is_written_in_crumbs_is_handed_on_in_pieces_and_when_it_is_flushed() {
        let id = TaskId::parse("00000000-0000-4000-8000-000000000000").unwrap();
        let (mut outputs, mut begun) = outputs(id, &copying());
        let writing = std::thread::spawn(move || {
            let mut output = outputs.create(MediaType::Text)?;
            (0..300).try_for_each(|_| output.write_all(&[b'x'; 1024]))?;
            output.flush()?;
            Ok::<_, io::Error>(output)
        });
        let mut pieces = begun.blocking_recv().unwrap().pieces;
        assert_eq!(pieces.blocking_recv().unwrap().len(), 256 * 1024);
        let output = writing.join().unwrap().unwrap();
        assert_eq!(pieces.try_recv().unwrap().len(), 44 * 1024);
        drop(output);
        assert_eq!(pieces.blocking_recv(), None);
    }
}
