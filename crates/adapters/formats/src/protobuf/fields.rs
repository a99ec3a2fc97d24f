//! The values of a record, each after its field tag.

use std::net::Ipv4Addr;

use emulator_domain::record::FieldVisitor;
use emulator_domain::text::{ByteWriter, WriteText};
use emulator_domain::{Date, Timestamp};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::digits;
use crate::varint::{self, with_length};

/// A `google.protobuf.Timestamp` after its length: seconds in field 1, nanoseconds in field 2.
#[inline(always)]
pub(crate) fn timestamp(line: &mut ByteWriter<'_>, value: Timestamp) {
    let seconds = value.seconds() as u64;
    // From 1978 to 3058 the seconds take five bytes; with their surroundings that makes one word.
    if seconds >> 28 == 0 || seconds >> 35 != 0 {
        return timestamp_of_any_year(line, value);
    }
    let (seconds, _) = varint::short(seconds);
    let (nanos, nanos_len) = varint::short((value.micros() % 1_000_000 * 1000) as u64);
    let word = (7 + nanos_len as u64) | 0x08 << 8 | seconds << 16 | 0x10 << 56;
    line.chunk(&word.to_le_bytes());
    line.padded(&nanos.to_le_bytes(), nanos_len);
}

#[cold]
fn timestamp_of_any_year(line: &mut ByteWriter<'_>, value: Timestamp) {
    with_length(
        line,
        |len| len,
        |line| {
            line.byte(0x08);
            varint::write(line, value.seconds() as u64);
            line.byte(0x10);
            varint::write(line, (value.micros() % 1_000_000 * 1000) as u64);
        },
    );
}

const VARINT: u64 = 0;
const LENGTH_DELIMITED: u64 = 2;

/// Appends fields with their numbers in the `.proto` file.
pub(super) struct ProtoFields<'a, 'b> {
    line: &'a mut ByteWriter<'b>,
    /// The number of the next field.
    number: u64,
}

impl<'a, 'b> ProtoFields<'a, 'b> {
    /// Starts after the emulation's id, which is field 1.
    #[inline(always)]
    pub(super) fn after_id(line: &'a mut ByteWriter<'b>) -> Self {
        Self { line, number: 2 }
    }

    #[inline(always)]
    pub(super) fn event_time(&mut self, at: Timestamp) {
        self.time(at);
    }

    #[inline(always)]
    fn tag(&mut self, wire_type: u64) {
        varint::write(self.line, self.number << 3 | wire_type);
        self.number += 1;
    }

    #[inline(always)]
    fn number(&mut self, value: u32) {
        self.tag(VARINT);
        varint::write(self.line, value.into());
    }

    #[inline(always)]
    fn string(&mut self, write: impl FnOnce(&mut ByteWriter<'_>)) {
        self.tag(LENGTH_DELIMITED);
        with_length(self.line, |len| len, write);
    }
}

impl FieldVisitor for ProtoFields<'_, '_> {
    #[inline(always)]
    fn uuid(&mut self, value: Uuid) {
        self.tag(LENGTH_DELIMITED);
        self.line.byte(Hyphenated::LENGTH as u8);
        digits::uuid(self.line, value);
    }

    #[inline(always)]
    fn integer(&mut self, value: u32) {
        self.number(value);
    }

    #[inline(always)]
    fn decimal(&mut self, hundredths: u32) {
        self.string(|line| digits::decimal(line, hundredths));
    }

    #[inline(always)]
    fn text(&mut self, value: &impl WriteText) {
        self.string(|line| value.write(line));
    }

    #[inline(always)]
    fn time(&mut self, value: Timestamp) {
        self.tag(LENGTH_DELIMITED);
        timestamp(self.line, value);
    }

    #[inline(always)]
    fn optional_time(&mut self, value: Option<Timestamp>) {
        match value {
            Some(value) => self.time(value),
            None => self.number += 1,
        }
    }

    #[inline(always)]
    fn date(&mut self, value: Date) {
        self.string(|line| digits::date(line, value));
    }

    #[inline(always)]
    fn ipv4(&mut self, value: Ipv4Addr) {
        self.string(|line| digits::ipv4(line, value));
    }

    #[inline(always)]
    fn flag(&mut self, value: Option<bool>) {
        match value {
            Some(value) => self.number(value.into()),
            None => self.number += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_the_same_in_one_word() {
        let written = |write: fn(&mut ByteWriter<'_>, Timestamp), at| {
            let mut bytes = [0; 64];
            let mut line = ByteWriter::new(&mut bytes, 0);
            write(&mut line, at);
            let len = line.len();
            bytes[..len].to_vec()
        };
        for seconds in [
            0,
            1,
            (1 << 28) - 1,
            1 << 28,
            1_795_000_000,
            (1 << 35) - 1,
            1 << 35,
        ] {
            for micros in [0, 1, 2, 16, 17, 268_435, 268_436, 999_999] {
                let at = Timestamp::from_micros(seconds * 1_000_000 + micros).unwrap();
                let plain = written(timestamp_of_any_year, at);
                assert_eq!(written(timestamp, at), plain, "{at}");
            }
        }
    }
}
