//! From batches to objects and back, for one format.

use std::ops::Range;

use emulator_domain::verification::RecordLocation;

use crate::{Batch, Payloads};

/// How the records of one run are arranged in objects: line by line, in an array, in blocks, in row
/// groups. It understands the batches that the encoder of the same format fills.
pub trait ObjectFraming: Send + Sync {
    /// The number of bytes before the first record of an object.
    fn header_len(&self) -> u64;

    /// How many bytes these records (positions in the batch) add to the length of their object; the
    /// length determines when a chunk is full. It depends on the records alone: it is the sum of
    /// what each of them adds, wherever a batch begins. A format that compresses counts bytes
    /// before compression.
    fn size(&self, batch: &Batch, records: Range<usize>) -> u64;

    /// The number of records that a batch must have, from one multiple of it to the next, for
    /// formats whose encoder groups records; `None` if any number will do.
    fn batch_records(&self) -> Option<u64>;

    /// Begins an object.
    fn framer(&self) -> Box<dyn ObjectFramer>;

    /// Begins to read an object.
    fn splitter(&self) -> Box<dyn ObjectSplitter>;
}

/// Makes one object from records that arrive in order.
pub trait ObjectFramer: Send {
    /// Takes the next records (positions in the batch) and returns the next bytes of the object in
    /// two pieces: one assembled here, and one taken directly from the batch. Both may be empty
    /// while records are being gathered. The object's bytes depend on the records alone, not on
    /// their division into batches.
    fn append<'a>(&'a mut self, batch: &'a Batch, records: Range<usize>) -> [&'a [u8]; 2];

    /// The end of the object. Called once, last, after at least one record.
    fn finish(&mut self) -> &[u8];
}

/// Finds the records of one object, whatever its bytes are, and notes damage around them.
pub trait ObjectSplitter: Send {
    /// Appends the complete records in `bytes` to `payloads`, with their numbers in the object as
    /// positions, and returns how many bytes were consumed. The rest is passed again with more
    /// bytes appended.
    fn split(&mut self, bytes: &[u8], payloads: &mut Payloads, place: &mut RecordLocation)
    -> usize;

    /// The same for the last bytes of the object. Called once, last.
    fn finish(&mut self, bytes: &[u8], payloads: &mut Payloads, place: &mut RecordLocation);
}
