//! What differs between text formats, and the visitor that serves them all.

use std::marker::PhantomData;
use std::net::Ipv4Addr;

use emulator_domain::record::FieldVisitor;
use emulator_domain::text::{ByteWriter, WriteText};
use emulator_domain::{Date, Record, Timestamp};
use emulator_ports::Span;
use uuid::Uuid;

use crate::digits::{self, Times};
use crate::text_framing::TextFraming;

/// The longest field name of a built-in domain, in bytes: with its surroundings it fits the
/// fixed-size [`Piece`] written before a value.
pub(crate) const LONGEST_NAME: usize = 19;

/// How a format writes what surrounds values. Created once per run.
pub(crate) trait TextSerializer: Send + Sync {
    /// From the beginning of the envelope to its time.
    fn head(&self) -> &Piece<80>;

    /// Appends what precedes the value of field `position`.
    fn before(&self, line: &mut ByteWriter<'_>, position: usize);

    /// From the last value to the next record, including the separator of the framing.
    fn tail(&self) -> &Piece<8>;

    /// Appends a text, quoted as the format requires; it never needs an escape.
    fn text(line: &mut ByteWriter<'_>, value: &impl WriteText);

    /// Appends a non-null value of a nullable field.
    fn present(line: &mut ByteWriter<'_>, write: impl FnOnce(&mut ByteWriter<'_>));

    /// Appends a null.
    fn null(line: &mut ByteWriter<'_>);

    /// What surrounds records in an object.
    fn framing(&self) -> TextFraming;
}

/// A piece of at most `N` bytes, copied with that fixed size whatever its length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Piece<N> {
    /// Holds `text`.
    ///
    /// # Panics
    /// If it is longer than `N`.
    pub(crate) fn new(text: &[u8]) -> Self {
        let mut bytes = [0; N];
        bytes[..text.len()].copy_from_slice(text);
        Self {
            bytes,
            len: text.len(),
        }
    }

    #[inline(always)]
    pub(crate) fn write(&self, line: &mut ByteWriter<'_>) {
        line.padded(&self.bytes, self.len);
    }
}

/// Writes the fields of one record.
pub(crate) struct Fields<'a, 'b, R, N> {
    line: &'a mut ByteWriter<'b>,
    text_serializer: &'a N,
    times: &'a mut Times,
    position: usize,
    /// Where the key of a message lies.
    pub(crate) key: Span,
    /// Where the record's own id lies.
    pub(crate) id: Span,
    record: PhantomData<R>,
}

impl<'a, 'b, R: Record, N: TextSerializer> Fields<'a, 'b, R, N> {
    #[inline(always)]
    pub(crate) fn new(
        line: &'a mut ByteWriter<'b>,
        text_serializer: &'a N,
        times: &'a mut Times,
    ) -> Self {
        Self {
            line,
            text_serializer,
            times,
            position: 0,
            key: Span::default(),
            id: Span::default(),
            record: PhantomData,
        }
    }

    #[inline(always)]
    fn field(&mut self, write: impl FnOnce(&mut ByteWriter<'_>, &mut Times)) {
        self.text_serializer.before(self.line, self.position);
        let start = self.line.len();
        write(self.line, self.times);
        let located = Span::new(start..self.line.len());
        if const { R::SCHEMA.key() } == Some(self.position) {
            self.key = located;
        }
        if const { R::SCHEMA.id() } == Some(self.position) {
            self.id = located;
        }
        self.position += 1;
    }
}

impl<R: Record, N: TextSerializer> FieldVisitor for Fields<'_, '_, R, N> {
    #[inline(always)]
    fn uuid(&mut self, value: Uuid) {
        self.field(|line, _| digits::uuid(line, value));
    }

    #[inline(always)]
    fn integer(&mut self, value: u32) {
        self.field(|line, _| line.integer(value));
    }

    #[inline(always)]
    fn decimal(&mut self, hundredths: u32) {
        self.field(|line, _| digits::decimal(line, hundredths));
    }

    #[inline(always)]
    fn text(&mut self, value: &impl WriteText) {
        self.field(|line, _| N::text(line, value));
    }

    #[inline(always)]
    fn time(&mut self, value: Timestamp) {
        self.field(|line, times| times.rfc3339(line, value));
    }

    #[inline(always)]
    fn optional_time(&mut self, value: Option<Timestamp>) {
        self.field(|line, times| match value {
            Some(time) => N::present(line, |line| times.rfc3339(line, time)),
            None => N::null(line),
        });
    }

    #[inline(always)]
    fn date(&mut self, value: Date) {
        self.field(|line, _| digits::date(line, value));
    }

    #[inline(always)]
    fn ipv4(&mut self, value: Ipv4Addr) {
        self.field(|line, _| digits::ipv4(line, value));
    }

    #[inline(always)]
    fn flag(&mut self, value: Option<bool>) {
        self.field(|line, _| match value {
            Some(flag) => line.byte(b'0' + u8::from(flag)),
            None => N::null(line),
        });
    }
}
