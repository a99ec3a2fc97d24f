//! The values of a record, in order.

use std::net::Ipv4Addr;

use emulator_domain::record::FieldVisitor;
use emulator_domain::text::{ByteWriter, WriteText};
use emulator_domain::{Date, Timestamp};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::digits;
use crate::varint::{self, with_length, zigzag};

/// Branches of a union of null and a type.
const NULL: u8 = 0;
const PRESENT: u8 = 2;

/// The length of a UUID's text, as Avro encodes it before the text.
pub(crate) const UUID_LENGTH: u8 = 2 * Hyphenated::LENGTH as u8;

/// Appends values as [`AvroSchema`](super::schema::AvroSchema) describes them.
pub(crate) struct AvroFields<'a, 'b>(pub(crate) &'a mut ByteWriter<'b>);

impl AvroFields<'_, '_> {
    #[inline(always)]
    fn long(&mut self, value: i64) {
        varint::write(self.0, zigzag(value));
    }

    #[inline(always)]
    fn string(&mut self, write: impl FnOnce(&mut ByteWriter<'_>)) {
        with_length(self.0, |len| 2 * len, write);
    }
}

impl FieldVisitor for AvroFields<'_, '_> {
    #[inline(always)]
    fn uuid(&mut self, value: Uuid) {
        self.0.byte(UUID_LENGTH);
        digits::uuid(self.0, value);
    }

    #[inline(always)]
    fn integer(&mut self, value: u32) {
        self.long(value.into());
    }

    /// As two's complement of minimal length, prefixed with that length.
    #[inline(always)]
    fn decimal(&mut self, hundredths: u32) {
        let len = (32 - hundredths.leading_zeros() as usize) / 8 + 1;
        self.0.byte(2 * len as u8);
        let shifted = u64::from(hundredths) << (64 - 8 * len);
        self.0.padded(&shifted.to_be_bytes(), len);
    }

    #[inline(always)]
    fn text(&mut self, value: &impl WriteText) {
        self.string(|line| value.write(line));
    }

    #[inline(always)]
    fn time(&mut self, value: Timestamp) {
        self.long(value.micros());
    }

    #[inline(always)]
    fn optional_time(&mut self, value: Option<Timestamp>) {
        match value {
            None => self.0.byte(NULL),
            Some(value) => {
                self.0.byte(PRESENT);
                self.time(value);
            }
        }
    }

    #[inline(always)]
    fn date(&mut self, value: Date) {
        self.long(value.days().into());
    }

    #[inline(always)]
    fn ipv4(&mut self, value: Ipv4Addr) {
        self.string(|line| digits::ipv4(line, value));
    }

    #[inline(always)]
    fn flag(&mut self, value: Option<bool>) {
        match value {
            None => self.0.byte(NULL),
            Some(value) => self.0.chunk(&[PRESENT, 2 * u8::from(value)]),
        }
    }
}
