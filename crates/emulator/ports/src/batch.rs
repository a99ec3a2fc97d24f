//! Encoded records on their way from a worker to a destination.

use std::ops::Range;

use emulator_domain::text::ByteWriter;

/// A span of bytes within a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The offset of the first byte.
    pub start: u32,
    /// The offset after the last byte.
    pub end: u32,
}

impl Span {
    /// Absent, as opposed to empty: a message without a key, or without a value.
    pub const NONE: Self = Self {
        start: u32::MAX,
        end: u32::MAX,
    };

    /// The bytes of `range`; a batch is shorter than 4 GiB.
    #[inline(always)]
    pub const fn new(range: Range<usize>) -> Self {
        Self {
            start: range.start as u32,
            end: range.end as u32,
        }
    }

    /// These bytes of `bytes`, unless this is [`NONE`](Self::NONE).
    fn of(self, bytes: &[u8]) -> Option<&[u8]> {
        (self != Self::NONE).then(|| &bytes[self.range()])
    }

    const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    const fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// The spans of the parts of one record. They lie anywhere in the bytes written since the record
/// before it; key and id may be parts of the payload or stand beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordSpans {
    /// The encoded record; [`Span::NONE`] for a tombstone.
    pub payload: Span,
    /// The key of a message; [`Span::NONE`] for one without.
    pub key: Span,
    /// The record's own id in ASCII, which names an object of this single record.
    pub id: Span,
}

/// The spans of one header of a record.
#[derive(Clone, Copy, Debug)]
struct HeaderSpans {
    /// The record's position in the batch.
    record: usize,
    name: Span,
    value: Span,
}

/// A record of a batch, as a destination of messages takes it.
#[derive(Clone, Copy, Debug)]
pub struct EncodedRecord<'b> {
    /// The record's index in its run.
    pub index: u64,
    /// The key of a message, if it has one.
    pub key: Option<&'b [u8]>,
    /// The encoded record; empty for a tombstone.
    pub payload: &'b [u8],
    /// Whether the message has no value.
    pub is_tombstone: bool,
    headers: &'b [HeaderSpans],
    bytes: &'b [u8],
}

impl<'b> EncodedRecord<'b> {
    /// Names and values of the headers of a message, in order.
    ///
    /// # Panics
    /// If the encoder wrote a name that is not UTF-8.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = (&'b str, &'b [u8])> {
        let bytes = self.bytes;
        self.headers.iter().map(move |header| {
            let name = std::str::from_utf8(&bytes[header.name.range()]);
            (
                name.expect("names of headers are written in UTF-8"),
                &bytes[header.value.range()],
            )
        })
    }
}

/// Encoded records with consecutive indices. A batch is filled, delivered and filled again, and
/// keeps its allocations.
///
/// Only the format knows what the bytes mean; its [`ObjectFraming`](crate::ObjectFraming) makes
/// objects of them.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    first: u64,
    /// Zeroed once; only the first `len` bytes are valid.
    bytes: Vec<u8>,
    len: usize,
    payload_len: usize,
    skewed: u64,
    records: Vec<RecordSpans>,
    headers: Vec<HeaderSpans>,
}

impl Batch {
    /// Clears the batch; the next record pushed has index `first`.
    pub fn restart(&mut self, first: u64) {
        self.first = first;
        self.len = 0;
        self.payload_len = 0;
        self.skewed = 0;
        self.records.clear();
        self.headers.clear();
    }

    /// Renumbers the records, beginning with index `first`.
    pub fn renumber(&mut self, first: u64) {
        self.first = first;
    }

    /// A writer at the end of the batch, with room for at least `room` more bytes.
    #[inline(always)]
    pub fn writer(&mut self, room: usize) -> ByteWriter<'_> {
        if self.bytes.len() - self.len < room {
            self.grow(room);
        }
        ByteWriter::new(&mut self.bytes, self.len)
    }

    #[cold]
    fn grow(&mut self, room: usize) {
        let len = (self.bytes.len() * 2).max(self.len + 64 * room);
        self.bytes.resize(len, 0);
    }

    /// Makes room for at least `room` more bytes, so that [`writer`](Self::writer) need not reserve
    /// any.
    pub fn reserve(&mut self, room: usize) {
        let needed = self.len + room;
        if self.bytes.len() < needed {
            self.bytes.resize(needed.max(self.bytes.len() * 2), 0);
        }
    }

    /// Makes all bytes written by the last [`writer`](Self::writer) up to `end` the next record.
    #[inline(always)]
    pub fn push(&mut self, end: usize, spans: RecordSpans) {
        self.len = end;
        self.payload_len += spans.payload.len();
        self.records.push(spans);
    }

    /// Adds a header to the last record; its name and value lie in the bytes written for that
    /// record.
    pub fn push_header(&mut self, name: Span, value: Span) {
        self.headers.push(HeaderSpans {
            record: self.records.len().saturating_sub(1),
            name,
            value,
        });
    }

    /// Leaves this many bytes of payloads out of [`payload_len`](Self::payload_len): they say how the
    /// others are to be delivered, and are not delivered themselves.
    pub fn leave_out(&mut self, bytes: usize) {
        self.payload_len -= bytes;
    }

    /// Counts this many more of its records as having the time of a skewed clock.
    pub fn count_skewed(&mut self, records: u64) {
        self.skewed += records;
    }

    /// How many of its records have the time of a skewed clock.
    pub fn skewed(&self) -> u64 {
        self.skewed
    }

    /// The indices of the records.
    pub fn range(&self) -> Range<u64> {
        self.first..self.first + self.records.len() as u64
    }

    /// All that was written.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The bytes from the first payload of `records` (positions) up to the payload after them, or
    /// to the end of the batch.
    pub fn stretch(&self, records: Range<usize>) -> &[u8] {
        let start = |position: usize| match self.records.get(position) {
            Some(spans) => spans.payload.start as usize,
            None => self.len,
        };
        &self.bytes[start(records.start)..start(records.end)]
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The total length of all payloads, without what is left out.
    pub fn payload_len(&self) -> usize {
        self.payload_len
    }

    /// The records in order.
    pub fn records(&self) -> impl Iterator<Item = EncodedRecord<'_>> {
        let mut headers = self.headers.as_slice();
        (0..self.records.len()).map(move |position| {
            let own = headers
                .iter()
                .take_while(|header| header.record <= position);
            let (own, rest) = headers.split_at(own.count());
            headers = rest;
            self.encoded(position, own)
        })
    }

    /// The record at `position`.
    pub fn record(&self, position: usize) -> EncodedRecord<'_> {
        let headers = &self.headers;
        let start = headers.partition_point(|header| header.record < position);
        let end = headers.partition_point(|header| header.record <= position);
        self.encoded(position, &headers[start..end])
    }

    fn encoded<'b>(&'b self, position: usize, headers: &'b [HeaderSpans]) -> EncodedRecord<'b> {
        let spans = &self.records[position];
        let payload = spans.payload.of(&self.bytes);
        EncodedRecord {
            index: self.first + position as u64,
            key: spans.key.of(&self.bytes),
            payload: payload.unwrap_or_default(),
            is_tombstone: payload.is_none(),
            headers,
            bytes: &self.bytes,
        }
    }

    /// The payload of the record at `position`.
    pub fn payload(&self, position: usize) -> &[u8] {
        self.records[position]
            .payload
            .of(&self.bytes)
            .unwrap_or_default()
    }

    /// The own id of the record at `position`.
    ///
    /// # Panics
    /// If the encoder wrote one that is not ASCII.
    pub fn id(&self, position: usize) -> &str {
        std::str::from_utf8(&self.bytes[self.records[position].id.range()])
            .expect("ids are written in ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes `parts` one after the other and gives where each lies.
    fn write<const N: usize>(batch: &mut Batch, parts: [&[u8]; N]) -> ([Span; N], usize) {
        let mut writer = batch.writer(64);
        let spans = parts.map(|part| {
            let start = writer.len();
            part.iter().for_each(|byte| writer.byte(*byte));
            Span::new(start..writer.len())
        });
        (spans, writer.len())
    }

    #[test]
    fn keys_and_headers_need_not_be_in_the_payload_and_nothing_need_be_text() {
        let mut batch = Batch::default();
        for turn in [5, 70] {
            batch.restart(turn);
            for number in 0..3_u8 {
                let payload = [number, 0, b'\n', 0xff];
                let ([key, payload, id, name, value], end) =
                    write(&mut batch, [b"k\0", &payload, b"id", b"trace", &[number]]);
                batch.push(end, RecordSpans { payload, key, id });
                if number != 1 {
                    batch.push_header(name, value);
                    batch.push_header(value, name);
                }
            }
            assert_eq!((batch.range(), batch.payload_len()), (turn..turn + 3, 12));
            for (record, number) in batch.records().zip(0_u8..) {
                let index = turn + u64::from(number);
                assert_eq!((record.index, record.key), (index, Some(&b"k\0"[..])));
                assert_eq!(record.payload, [number, 0, b'\n', 0xff]);
                let headers: Vec<_> = record.headers().collect();
                let alone = batch.record(number.into());
                assert!(alone.headers().eq(headers.iter().copied()));
                let own = [
                    ("trace", &[number][..]),
                    (&String::from(number as char), b"trace"),
                ];
                assert_eq!(headers, if number == 1 { &own[..0] } else { &own[..] });
                assert_eq!(batch.id(number.into()), "id");
            }
            assert_eq!(batch.stretch(1..2), b"\x01\0\n\xffidtrace\x01k\0");
            assert_eq!(batch.stretch(2..3), b"\x02\0\n\xffidtrace\x02");
        }
    }

    #[test]
    fn no_key_and_no_value_are_not_empty_ones() {
        let mut batch = Batch::default();
        for (key, payload) in [(Span::NONE, Span::new(0..0)), (Span::new(0..0), Span::NONE)] {
            let id = Span::default();
            batch.push(0, RecordSpans { payload, key, id });
        }
        let found = batch
            .records()
            .map(|record| (record.key, record.is_tombstone));
        assert!(found.eq([(None, false), (Some(&[][..]), true)]));
        assert_eq!(batch.payload_len(), 0);
    }

    #[test]
    fn a_record_may_be_of_any_length() {
        let mut batch = Batch::default();
        for len in [1, 100_000, 3] {
            let mut writer = batch.writer(len);
            let start = writer.len();
            (0..len).for_each(|_| writer.byte(b'x'));
            let payload = Span::new(start..writer.len());
            let end = writer.len();
            batch.push(
                end,
                RecordSpans {
                    payload,
                    ..RecordSpans::default()
                },
            );
        }
        let lens: Vec<_> = batch.records().map(|record| record.payload.len()).collect();
        assert_eq!(lens, [1, 100_000, 3]);
    }
}
