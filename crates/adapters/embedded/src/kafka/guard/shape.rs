//! What requests are made of, as the broker reads them, and whether some bytes are that.
//!
//! The broker does unlooked at what the bytes say: it compares with texts that are null, copies
//! texts to its stack, looks for the end of a text behind it. So the shapes are stricter than
//! Kafka's where it would fall. A library that reads Kafka's protocol is no guard itself:
//! kafka-protocol 0.18 takes memory for as many elements as an array claims to have.

/// Elements of an array at most.
const MOST: usize = 10_000;
/// Bytes of a text at most, in whatever way its length is written.
const LONGEST: usize = i16::MAX as usize;
/// Bytes of a batch of messages before the first of them: the broker looks at these.
const BATCH: usize = 61;
/// Where a batch has the version of its format, and the version that has so many bytes there.
const MAGIC: (usize, u8) = (16, 2);

/// A part of a request.
pub(super) enum Part {
    /// So many bytes, whatever they are.
    Raw(usize),
    Text,
    TextOrNull,
    Bytes,
    Batch,
    /// Numbers of four bytes, any count of them.
    Numbers,
    Array(&'static [Self]),
    ArrayOrNull(&'static [Self]),
    /// There from this version on.
    Since(i16, &'static Self),
    /// There up to this version.
    Until(i16, &'static Self),
}

/// Kafka's types, from the bytes of a request.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    version: i16,
    /// Whether lengths are varints and every structure ends with tags.
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

    /// Reads what is before the parts of a request: the client's name, which is never written in
    /// the flexible way, and tags. `None` if it is broken, as everywhere here.
    pub(super) fn client(&mut self) -> Option<()> {
        let length = self.i16()?;
        if length != -1 {
            self.take(usize::try_from(length).ok()?)?;
        }
        self.tags()
    }

    /// Whether `parts` follow, and at most so many bytes behind them.
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

    /// A text or null.
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

    /// The count of an array's elements, or null.
    fn count(&mut self) -> Option<Option<usize>> {
        let count = self.length()?;
        count.is_none_or(|count| count <= MOST).then_some(count)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()??;
        self.take(length)
    }

    /// Of bytes or of an array.
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
        // No length of a request that passes needs more.
        None
    }
}

/// -1 is null, what is less is nothing.
fn length(length: i32) -> Option<Option<usize>> {
    match length {
        -1 => Some(None),
        _ => usize::try_from(length).ok().map(Some),
    }
}
