//! From batches to objects and back, as a format has it.

use std::ops::Range;

use emulator_domain::verification::RecordLocation;

use crate::{Batch, Payloads};

/// How the records of one run stand in objects: line by line, in an array, in blocks, in row groups.
/// It knows the batches that the encoder of the same format fills.
pub trait ObjectFraming: Send + Sync {
    /// How many bytes an object has before its first record.
    fn header_len(&self) -> u64;

    /// How many bytes these records (positions in the batch) add to the length of their object; the
    /// length decides when a chunk is full. The records alone decide it: it is the sum of what each
    /// adds by itself, wherever a batch begins. A format that compresses counts what it compresses.
    fn size(&self, batch: &Batch, records: Range<usize>) -> u64;

    /// How many records a batch has to have, from one multiple of this index to the next, for
    /// formats whose encoder puts records together; `None` if any will do.
    fn batch_records(&self) -> Option<u64>;

    /// Begins an object.
    fn framer(&self) -> Box<dyn ObjectFramer>;

    /// Begins to read an object.
    fn splitter(&self) -> Box<dyn ObjectSplitter>;
}

/// Makes one object of records that come in order.
pub trait ObjectFramer: Send {
    /// Takes the next records (positions in the batch) and gives what the object goes on with, in
    /// two pieces: what was put together for it, and what the batch has as it should be. Both may be
    /// empty, while records are gathered. The records alone decide the object's bytes, not the
    /// batches that they come in.
    fn append<'a>(&'a mut self, batch: &'a Batch, records: Range<usize>) -> [&'a [u8]; 2];

    /// What the object ends with. Called once, last, after at least one record.
    fn finish(&mut self) -> &[u8];
}

/// Finds the records of one object, whatever its bytes are, and says what is wrong around them.
pub trait ObjectSplitter: Send {
    /// Appends the records that are whole in `bytes` to `payloads`, with their numbers in the object
    /// as positions; gives how many bytes it is done with. The others come again, with more after
    /// them.
    fn split(&mut self, bytes: &[u8], payloads: &mut Payloads, place: &mut RecordLocation)
    -> usize;

    /// The same for the last bytes of the object. Called once, last.
    fn finish(&mut self, bytes: &[u8], payloads: &mut Payloads, place: &mut RecordLocation);
}
