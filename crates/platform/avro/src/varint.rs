//! Avro's integers: zigzag encoding, seven bits per byte, lowest bits first.

/// Appends `number` to `bytes`.
pub fn write(number: i64, bytes: &mut Vec<u8>) {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    while rest >= 0x80 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

/// Reads a number from the start of `bytes` and advances past it; `None` if it is truncated or
/// exceeds 64 bits.
pub fn read(bytes: &mut &[u8]) -> Option<i64> {
    let mut number: u64 = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        if at == 9 && bits > 1 {
            return None;
        }
        number |= bits << (7 * at);
        if byte & 0x80 == 0 {
            *bytes = &bytes[at + 1..];
            return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_written_as_the_specification_shows() {
        for (number, bytes) in [
            (0, &[0][..]),
            (-1, &[1]),
            (1, &[2]),
            (-64, &[0x7f]),
            (64, &[0x80, 0x01]),
        ] {
            let mut written = Vec::new();
            write(number, &mut written);
            assert_eq!(written, bytes);
        }
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_no_number() {
        for bytes in [&[][..], &[0x80], &[0xff; 10], &[0xff; 11]] {
            assert_eq!(read(&mut &*bytes), None);
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_as_written(number in any::<i64>(), rest in any::<[u8; 2]>()) {
            let mut bytes = Vec::new();
            write(number, &mut bytes);
            bytes.extend(rest);
            let mut left = bytes.as_slice();
            prop_assert_eq!(read(&mut left), Some(number));
            prop_assert_eq!(left, rest);
        }
    }
}
