//! Varints: seven bits per byte, least significant first, encoded without a branch on their length.

use emulator_domain::text::ByteWriter;

/// Maps signed numbers near 0 to small unsigned ones.
#[inline(always)]
pub(crate) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Appends `value`.
#[inline(always)]
pub(crate) fn write(line: &mut ByteWriter<'_>, value: u64) {
    if value >= 1 << 56 {
        return write_long(line, value);
    }
    let (bytes, len) = short(value);
    line.padded(&bytes.to_le_bytes(), len);
}

/// The varint of a number below 2^56, first byte lowest, and its length.
#[inline(always)]
pub(crate) const fn short(value: u64) -> (u64, usize) {
    let len = (70 - (value | 1).leading_zeros() as usize) / 7;
    let more = 0x8080_8080_8080_8080 & ((1 << (8 * (len - 1))) - 1);
    (spread(value) | more, len)
}

/// Spreads 56 bits into eight groups of seven, one per byte.
#[inline(always)]
const fn spread(value: u64) -> u64 {
    let value = (value & 0x0fff_ffff) | (value & 0x00ff_ffff_f000_0000) << 4;
    let value = (value & 0x0000_3fff_0000_3fff) | (value & 0x0fff_c000_0fff_c000) << 2;
    (value & 0x007f_007f_007f_007f) | (value & 0x3f80_3f80_3f80_3f80) << 1
}

#[cold]
fn write_long(line: &mut ByteWriter<'_>, mut value: u64) {
    while value >= 0x80 {
        line.byte(value as u8 | 0x80);
        value >>= 7;
    }
    line.byte(value as u8);
}

/// Appends what `write_value` writes, prefixed with its length, which `coded` converts to the
/// number that the format stores.
#[inline(always)]
pub(crate) fn with_length(
    line: &mut ByteWriter<'_>,
    coded: impl Fn(u64) -> u64,
    write_value: impl FnOnce(&mut ByteWriter<'_>),
) {
    let start = line.len();
    line.byte(0);
    write_value(line);
    let len = line.len() - start - 1;
    let code = coded(len as u64);
    if code < 0x80 {
        line.written(start)[0] = code as u8;
    } else {
        make_room(line, start, len, code);
    }
}

/// Makes room for a length that needs more than the one byte reserved for it.
fn make_room(line: &mut ByteWriter<'_>, start: usize, len: usize, code: u64) {
    let mut bytes = [0; 10 + ByteWriter::SLACK];
    let mut number = ByteWriter::new(&mut bytes, 0);
    write(&mut number, code);
    let width = number.len();
    (1..width).for_each(|_| line.byte(0));
    let written = line.written(start);
    written.copy_within(1..=len, width);
    written[..width].copy_from_slice(&bytes[..width]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut ByteWriter<'_>)) -> Vec<u8> {
        let mut bytes = [0; 2048];
        let mut line = ByteWriter::new(&mut bytes, 0);
        write(&mut line);
        let len = line.len();
        bytes[..len].to_vec()
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_plain_loop(value: u64, shift in 0..64u32) {
            let value = value >> shift;
            let plain = written(|line| write_long(line, value));
            prop_assert_eq!(written(|line| write(line, value)), plain);
        }

        #[test]
        fn signed_numbers_are_avros(value: i64, shift in 0..64u32) {
            let value = value >> shift;
            let mut expected = Vec::new();
            platform_avro::varint::write(value, &mut expected);
            prop_assert_eq!(written(|line| write(line, zigzag(value))), expected);
        }

        #[test]
        fn a_length_stands_before_its_text(len in 0..1500usize) {
            let found = written(|line| {
                with_length(line, |len| len, |line| (0..len).for_each(|at| line.byte(at as u8)));
                line.byte(b'!');
            });
            let mut expected = written(|line| write(line, len as u64));
            expected.extend((0..len).map(|at| at as u8));
            expected.push(b'!');
            prop_assert_eq!(found, expected);
        }
    }
}
