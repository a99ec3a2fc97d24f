//! Encoded records on their way from a worker to a destination.

use std::ops::Range;

use emulator_domain::text::ByteWriter;

/// Where one record lies in its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte behind the record and its separator.
    pub end: u32,
    /// Offset of the first byte of the key within the batch.
    pub key: u32,
    /// Length of the key.
    pub key_len: u16,
    /// Offset of the record's own id (the key itself, for most domains) and its length.
    pub id: u32,
    /// Length of the id.
    pub id_len: u16,
}

/// What stands around records in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framing {
    /// Before the first record.
    pub header: Vec<u8>,
    /// Behind every record of a batch. Not a part of the record.
    pub separator: &'static [u8],
    /// Whether the separator also stands behind the last record of an object.
    pub separator_ends: bool,
    /// Behind the last record.
    pub footer: &'static [u8],
}

/// Encoded records with consecutive indices, each followed by the format's separator. A batch is
/// filled, delivered and filled again: it keeps its memory.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    first: u64,
    /// Zeroed once; the first `len` bytes count.
    bytes: Vec<u8>,
    len: usize,
    spans: Vec<Span>,
    separator_len: usize,
}

impl Batch {
    /// Room that an encoder may rely on for each record.
    pub const RECORD_ROOM: usize = 2048;

    /// Forgets what it held; the next record pushed has index `first`.
    pub fn restart(&mut self, first: u64, separator_len: usize) {
        self.first = first;
        self.len = 0;
        self.spans.clear();
        self.separator_len = separator_len;
    }

    /// A line at the end of the batch with room for one more record.
    #[inline(always)]
    pub fn line(&mut self) -> ByteWriter<'_> {
        if self.bytes.len() - self.len < Self::RECORD_ROOM {
            self.grow();
        }
        ByteWriter::new(&mut self.bytes, self.len)
    }

    #[cold]
    fn grow(&mut self) {
        let room = (self.bytes.len() * 2).max(64 * Self::RECORD_ROOM);
        self.bytes.resize(room, 0);
    }

    /// Takes what was written to the [`line`](Self::line) as the next record, separator included.
    #[inline(always)]
    pub fn push(&mut self, span: Span) {
        self.len = span.end as usize;
        self.spans.push(span);
    }

    /// The indices of the records.
    pub fn range(&self) -> Range<u64> {
        self.first..self.first + self.spans.len() as u64
    }

    /// Everything, each record followed by its separator.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Where the records lie, in order.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The bytes of the records without their separators.
    pub fn payload_len(&self) -> usize {
        self.len - self.separator_len * self.spans.len()
    }

    /// The records: index, key and payload, without the separator.
    pub fn records(&self) -> impl Iterator<Item = (u64, &[u8], &[u8])> {
        let mut start = 0;
        self.range().zip(&self.spans).map(move |(index, span)| {
            let end = span.end as usize;
            let payload = &self.bytes[start..end - self.separator_len];
            start = end;
            let key = span.key as usize;
            (
                index,
                &self.bytes[key..key + usize::from(span.key_len)],
                payload,
            )
        })
    }

    /// The record at `position`, without its separator.
    pub fn payload(&self, position: usize) -> &[u8] {
        let start = match position.checked_sub(1) {
            Some(before) => self.spans[before].end,
            None => 0,
        };
        let end = self.spans[position].end as usize - self.separator_len;
        &self.bytes[start as usize..end]
    }

    /// The own id of the record at `position`, as text.
    pub fn id(&self, position: usize) -> &str {
        let span = self.spans[position];
        let start = span.id as usize;
        std::str::from_utf8(&self.bytes[start..start + usize::from(span.id_len)])
            .expect("ids are written in ASCII")
    }
}
