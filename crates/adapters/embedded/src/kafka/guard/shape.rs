//! The schemas of requests as the broker reads them, and validation against them.
//!
//! The broker acts on unchecked input: it compares null strings, copies strings to its stack, and
//! searches for a string's terminator past its end. Where it would crash, the schemas are therefore
//! stricter than Kafka's. A library that parses Kafka's protocol is no substitute: kafka-protocol
//! 0.18 allocates memory for as many elements as an array claims to have.

/// Maximum number of elements of an array.
const MOST: usize = 10_000;
/// Maximum length of a string in bytes, in either encoding of its length.
const LONGEST: usize = i16::MAX as usize;
/// Size of a record batch's header, which the broker reads.
const BATCH: usize = 61;
/// Offset of the format version in a batch, and the version with this header size.
const MAGIC: (usize, u8) = (16, 2);

/// A part of a request's schema.
pub(super) enum Part {
    /// That many arbitrary bytes.
    Raw(usize),
    Text,
    TextOrNull,
    Bytes,
    Batch,
    /// An array of four-byte integers.
    Numbers,
    Array(&'static [Self]),
    ArrayOrNull(&'static [Self]),
    /// Present from this version on.
    Since(i16, &'static Self),
    /// Present up to this version.
    Until(i16, &'static Self),
}

/// Parses Kafka's types from the bytes of a request.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    version: i16,
    /// Whether lengths are varints and every structure ends with tagged fields.
    is_flexible: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn new(rest: &'a [u8], version: i16, is_flexible: bool) -> Self {
        Self {
            rest,
            version,
            is_flexible,
        }
    }

    /// Parses what precedes the schema's parts: the client id, which never uses the flexible
    /// encoding, and tagged fields. Here as everywhere, `None` means malformed.
    pub(super) fn client(&mut self) -> Option<()> {
        let length = self.i16()?;
        if length != -1 {
            self.take(usize::try_from(length).ok()?)?;
        }
        self.tags()
    }

    /// Whether `parts` match and at most `behind` bytes remain.
    pub(super) fn are(mut self, parts: &[Part], behind: usize) -> bool {
        self.structure(parts).is_some() && self.rest.len() <= behind
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn i16(&mut self) -> Option<i16> {
        let bytes = self.take(2)?.try_into().ok()?;
        Some(i16::from_be_bytes(bytes))
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(i32::from_be_bytes(bytes))
    }

    /// A string or null.
    pub(super) fn text(&mut self) -> Option<Option<&'a [u8]>> {
        let length = match self.is_flexible {
            true => self.varint()?.checked_sub(1),
            false => length(i32::from(self.i16()?))?,
        };
        let Some(length) = length else {
            return Some(None);
        };
        let text = self.take(length)?;
        (length <= LONGEST && !text.contains(&0)).then_some(Some(text))
    }

    fn structure(&mut self, parts: &[Part]) -> Option<()> {
        for part in parts {
            self.part(part)?;
        }
        self.tags()
    }

    fn part(&mut self, part: &Part) -> Option<()> {
        match part {
            Part::Raw(count) => self.take(*count).map(drop),
            Part::Text => self.text()?.map(drop),
            Part::TextOrNull => self.text().map(drop),
            Part::Bytes => self.bytes().map(drop),
            Part::Batch => {
                let batch = self.bytes()?;
                let (at, newest) = MAGIC;
                let is_readable = *batch.get(at)? != newest || batch.len() >= BATCH;
                is_readable.then_some(())
            }
            Part::Numbers => {
                let count = self.count()??;
                self.take(4 * count).map(drop)
            }
            Part::Array(parts) => self.elements(parts)?.map(drop),
            Part::ArrayOrNull(parts) => self.elements(parts).map(drop),
            Part::Since(first, part) if self.version >= *first => self.part(part),
            Part::Until(last, part) if self.version <= *last => self.part(part),
            Part::Since(..) | Part::Until(..) => Some(()),
        }
    }

    fn elements(&mut self, parts: &[Part]) -> Option<Option<usize>> {
        let Some(count) = self.count()? else {
            return Some(None);
        };
        for _ in 0..count {
            self.structure(parts)?;
        }
        Some(Some(count))
    }

    /// The length of an array, or null.
    fn count(&mut self) -> Option<Option<usize>> {
        let count = self.length()?;
        count.is_none_or(|count| count <= MOST).then_some(count)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()??;
        self.take(length)
    }

    /// The length of a string or an array.
    fn length(&mut self) -> Option<Option<usize>> {
        match self.is_flexible {
            true => Some(self.varint()?.checked_sub(1)),
            false => length(self.i32()?),
        }
    }

    fn tags(&mut self) -> Option<()> {
        if self.is_flexible {
            for _ in 0..self.varint()? {
                self.varint()?;
                let length = self.varint()?;
                self.take(length)?;
            }
        }
        Some(())
    }

    fn varint(&mut self) -> Option<usize> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let byte = *self.take(1)?.first()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        // No valid length needs more bytes.
        None
    }
}

/// -1 is null, anything less is invalid.
fn length(length: i32) -> Option<Option<usize>> {
    match length {
        -1 => Some(None),
        _ => usize::try_from(length).ok().map(Some),
    }
}
