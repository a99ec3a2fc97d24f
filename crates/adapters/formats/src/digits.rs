//! Formats values as text without `core::fmt`.

use std::net::Ipv4Addr;

use emulator_domain::text::{ByteWriter, four_digits, two_digits};
use emulator_domain::{Date, Timestamp};
use uuid::Uuid;

/// Eight nibbles of `value` as eight hexadecimal characters, all at once in a 64-bit register.
#[inline(always)]
fn hex(value: u32) -> [u8; 8] {
    let mut nibbles = u64::from(value >> 16) << 32 | u64::from(value & 0xffff);
    nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff;
    nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = ((nibbles + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
    // '0' + 10 is 39 short of 'a'.
    (nibbles + 0x3030_3030_3030_3030 + letters * 39).to_be_bytes()
}

/// A UUID in its canonical 36 characters.
#[inline(always)]
pub(crate) fn uuid(line: &mut ByteWriter<'_>, id: Uuid) {
    let bits = id.as_u128();
    let [a, b, c, d] = [96, 64, 32, 0].map(|shift| hex((bits >> shift) as u32));
    let mut text = [b'-'; 36];
    text[..8].copy_from_slice(&a);
    text[9..13].copy_from_slice(&b[..4]);
    text[14..18].copy_from_slice(&b[4..]);
    text[19..23].copy_from_slice(&c[..4]);
    text[24..28].copy_from_slice(&c[4..]);
    text[28..].copy_from_slice(&d);
    line.chunk(&text);
}

/// Hundredths with two decimals.
#[inline(always)]
pub(crate) fn decimal(line: &mut ByteWriter<'_>, hundredths: u32) {
    line.integer(hundredths / 100);
    let [a, b] = two_digits(hundredths % 100);
    line.chunk(&[b'.', a, b]);
}

/// `2026-01-31`.
#[inline(always)]
pub(crate) fn date(line: &mut ByteWriter<'_>, date: Date) {
    let [y, e, a, r] = four_digits(date.year().into());
    let [m, o] = two_digits(date.month().into());
    let [d, f] = two_digits(date.day().into());
    line.chunk(&[y, e, a, r, b'-', m, o, b'-', d, f]);
}

/// Dotted decimal.
#[inline(always)]
pub(crate) fn ipv4(line: &mut ByteWriter<'_>, address: Ipv4Addr) {
    let [a, b, c, d] = address.octets();
    for octet in [a, b, c] {
        line.integer(octet.into());
        line.byte(b'.');
    }
    line.integer(d.into());
}

/// Formats timestamps; caches day and second, because consecutive values mostly share them.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    day: i64,
    /// `2026-01-31T`.
    day_text: [u8; 11],
    second: i64,
    /// `1767225600.` and its length.
    second_text: [u8; 16],
    second_len: usize,
}

impl Times {
    pub(crate) const fn new() -> Self {
        Self {
            day: -1,
            day_text: [0; 11],
            second: -1,
            second_text: [0; 16],
            second_len: 0,
        }
    }

    /// RFC 3339 in UTC with milliseconds.
    #[inline(always)]
    pub(crate) fn rfc3339(&mut self, line: &mut ByteWriter<'_>, time: Timestamp) {
        let day = time.seconds() / 86_400;
        if day != self.day {
            self.turn_day(day, time);
        }
        line.chunk(&self.day_text);
        let millis = (time.micros_of_day() / 1000) as u32;
        let (seconds, millis) = (millis / 1000, millis % 1000);
        let [h, o] = two_digits(seconds / 3600);
        let [m, i] = two_digits(seconds / 60 % 60);
        let [s, e] = two_digits(seconds % 60);
        let [_, a, b, c] = four_digits(millis);
        line.chunk(&[h, o, b':', m, i, b':', s, e, b'.', a, b, c, b'Z']);
    }

    /// Seconds since 1970 with six decimals.
    #[inline(always)]
    pub(crate) fn unix(&mut self, line: &mut ByteWriter<'_>, time: Timestamp) {
        if time.seconds() != self.second {
            self.turn_second(time.seconds());
        }
        line.padded(&self.second_text, self.second_len);
        let micros = (time.micros() % 1_000_000) as u32;
        let [a, b] = two_digits(micros / 10_000);
        let [c, d, e, f] = four_digits(micros % 10_000);
        line.chunk(&[a, b, c, d, e, f]);
    }

    #[cold]
    fn turn_day(&mut self, day: i64, time: Timestamp) {
        let mut bytes = [0; 11 + ByteWriter::SLACK];
        let mut line = ByteWriter::new(&mut bytes, 0);
        date(&mut line, time.date());
        line.byte(b'T');
        self.day_text.copy_from_slice(&bytes[..11]);
        self.day = day;
    }

    #[cold]
    fn turn_second(&mut self, second: i64) {
        let text = format!("{second}.");
        self.second_text[..text.len()].copy_from_slice(text.as_bytes());
        self.second_len = text.len();
        self.second = second;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut ByteWriter<'_>)) -> String {
        let mut bytes = [0; 512];
        let mut line = ByteWriter::new(&mut bytes, 0);
        write(&mut line);
        let len = line.len();
        String::from_utf8(bytes[..len].to_vec()).unwrap()
    }

    proptest! {
        #[test]
        fn all_values_read_as_their_display_writes_them(
            id: u128, hundredths: u32, micros in 0..Timestamp::LATEST.micros(), address: u32,
        ) {
            let id = Uuid::from_u128(id);
            prop_assert_eq!(written(|line| uuid(line, id)), id.to_string());
            let address = Ipv4Addr::from(address);
            prop_assert_eq!(written(|line| ipv4(line, address)), address.to_string());
            prop_assert_eq!(
                written(|line| decimal(line, hundredths)),
                format!("{}.{:02}", hundredths / 100, hundredths % 100)
            );
            let time = Timestamp::from_micros(micros).unwrap();
            let mut times = Times::new();
            for time in [time, time.moved(1), time.moved(86_400_000_000)] {
                prop_assert_eq!(written(|line| date(line, time.date())), time.date().to_string());
                prop_assert_eq!(written(|line| times.rfc3339(line, time)), time.to_string());
                prop_assert_eq!(
                    written(|line| times.unix(line, time)),
                    format!("{}.{:06}", time.seconds(), time.micros() % 1_000_000)
                );
            }
        }
    }
}
