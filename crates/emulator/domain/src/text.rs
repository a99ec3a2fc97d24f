//! Short texts that can be copied without looking at them.
//!
//! A record borrows its texts from tables. They are padded to a fixed size, so that a writer
//! copies a whole register or two and moves on by the length, and they are checked once, when the
//! table is made, to need no escape in JSON.

use std::fmt;

/// A text of at most `N` bytes that needs no escape in a JSON string.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: u8,
    comma: bool,
}

impl<const N: usize> Text<N> {
    /// Holds `text`.
    ///
    /// # Panics
    /// If it is longer than `N` bytes (or 255), or has a quotation mark, a reverse solidus or a
    /// control character. Tables are constants, so this is found at compile time.
    pub const fn new(text: &str) -> Self {
        Self::EMPTY.then(text)
    }

    /// No text.
    pub const EMPTY: Self = Self {
        bytes: [0; N],
        len: 0,
        comma: false,
    };

    /// This text and `more` behind it.
    ///
    /// # Panics
    /// As [`Text::new`] does.
    pub const fn then(mut self, more: &str) -> Self {
        let source = more.as_bytes();
        assert!(
            N <= 255 && self.len as usize + source.len() <= N,
            "text too long"
        );
        let mut i = 0;
        while i < source.len() {
            let byte = source[i];
            assert!(
                byte >= b' ' && byte != b'"' && byte != b'\\',
                "text needs an escape"
            );
            self.bytes[self.len as usize] = byte;
            self.comma |= byte == b',';
            self.len += 1;
            i += 1;
        }
        self
    }

    /// This text and another one behind it, whose characters need no second look.
    ///
    /// # Panics
    /// If both together are longer than `N` bytes.
    #[inline]
    #[must_use]
    pub(crate) fn followed_by<const M: usize>(mut self, more: &Text<M>) -> Self {
        let (start, len) = (usize::from(self.len), usize::from(more.len));
        self.bytes[start..start + len].copy_from_slice(&more.bytes[..len]);
        self.len += more.len;
        self.comma |= more.comma;
        self
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).expect("made from str")
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A text made of pieces that can write itself without a formatter. `Display` gives the same.
pub trait WriteText: fmt::Display {
    /// Appends the text.
    fn write(&self, line: &mut ByteWriter<'_>);

    /// Whether the text has a comma, the one character that CSV quotes for here.
    fn has_comma(&self) -> bool {
        false
    }
}

impl<const N: usize> WriteText for Text<N> {
    #[inline(always)]
    fn write(&self, line: &mut ByteWriter<'_>) {
        line.text(self);
    }

    #[inline(always)]
    fn has_comma(&self) -> bool {
        self.comma
    }
}

/// Where text is written: a slice and how much of it is full.
///
/// Fixed-size copies write beyond the text's end, so a line needs room for [`ByteWriter::SLACK`] bytes
/// more than it is to hold.
///
/// # Panics
/// All methods panic when the slice is too short.
#[derive(Debug)]
pub struct ByteWriter<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

const fn digit_pairs() -> [[u8; 2]; 100] {
    let mut pairs = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
}

static DIGIT_PAIRS: [[u8; 2]; 100] = digit_pairs();

impl<'a> ByteWriter<'a> {
    /// Room that is needed behind the last byte.
    pub const SLACK: usize = 256;

    /// Writes into `bytes` from `len` on.
    #[inline(always)]
    pub fn new(bytes: &'a mut [u8], len: usize) -> Self {
        Self { bytes, len }
    }

    /// Lets a function write that is not part of its caller's code. It is given a writer of its own:
    /// where the address of a writer leaves a loop, its position is a place in memory instead of a
    /// register.
    #[inline(always)]
    pub fn apart<T>(&mut self, write: impl FnOnce(&mut ByteWriter<'_>) -> T) -> T {
        let mut own = ByteWriter::new(self.bytes, self.len);
        let written = write(&mut own);
        self.len = own.len;
        written
    }

    /// How many bytes of the slice are full.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What was written from `start` on, to be changed.
    #[inline(always)]
    pub fn written(&mut self, start: usize) -> &mut [u8] {
        &mut self.bytes[start..self.len]
    }

    /// Appends one byte.
    #[inline(always)]
    pub fn byte(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    /// Appends all of `chunk`.
    #[inline(always)]
    pub fn chunk<const N: usize>(&mut self, chunk: &[u8; N]) {
        self.padded(chunk, N);
    }

    /// Copies all of `chunk`, of which the first `len` bytes count.
    #[inline(always)]
    pub fn padded<const N: usize>(&mut self, chunk: &[u8; N], len: usize) {
        self.bytes[self.len..self.len + N].copy_from_slice(chunk);
        self.len += len;
    }

    /// Appends all of `bytes`. Most are short: two copies of a fixed size, which may overlap, take
    /// less time than finding out how many there are.
    #[inline(always)]
    pub fn slice(&mut self, bytes: &[u8]) {
        let target = &mut self.bytes[self.len..self.len + bytes.len()];
        fn ends<const N: usize>(target: &mut [u8], bytes: &[u8]) -> Option<()> {
            *target.first_chunk_mut::<N>()? = *bytes.first_chunk::<N>()?;
            *target.last_chunk_mut::<N>()? = *bytes.last_chunk::<N>()?;
            Some(())
        }
        let copied = match bytes.len() {
            0 => Some(()),
            1..4 => {
                for (target, byte) in target.iter_mut().zip(bytes) {
                    *target = *byte;
                }
                Some(())
            }
            4..8 => ends::<4>(target, bytes),
            8..=16 => ends::<8>(target, bytes),
            17..=32 => ends::<16>(target, bytes),
            _ => None,
        };
        if copied.is_none() {
            target.copy_from_slice(bytes);
        }
        self.len += bytes.len();
    }

    /// Takes the last byte back.
    #[inline(always)]
    pub fn pop(&mut self) {
        self.len -= 1;
    }

    /// Appends a text.
    #[inline(always)]
    pub fn text<const N: usize>(&mut self, text: &Text<N>) {
        self.padded(&text.bytes, usize::from(text.len));
    }

    /// Appends `value` in decimal without leading zeros.
    #[inline(always)]
    pub fn integer(&mut self, value: u32) {
        if value < 10_000 {
            return self.short_integer(value);
        }
        let (high, low) = (value / 10_000, value % 10_000);
        if high < 10_000 {
            self.short_integer(high);
        } else {
            self.short_integer(high / 10_000);
            self.chunk(&four_digits(high % 10_000));
        }
        self.chunk(&four_digits(low));
    }

    /// Appends a value below 100,000,000 of which nobody knows how many digits it has: the processor
    /// guesses the branches of [`integer`](Self::integer) wrong, so there is none here.
    #[inline(always)]
    pub fn any_integer(&mut self, value: u32) {
        let digits = u64::from_le_bytes(eight_digits(value));
        // All but the last digit may be a leading zero.
        let zeros = ((digits ^ ZEROS) | 1 << 56).trailing_zeros() / 8;
        self.padded(&(digits >> (8 * zeros)).to_le_bytes(), 8 - zeros as usize);
    }

    /// At most four digits: the leading zeros leave at the low end of the register, without a
    /// branch.
    #[inline(always)]
    fn short_integer(&mut self, value: u32) {
        let zeros = usize::from(value < 10) + usize::from(value < 100) + usize::from(value < 1000);
        let digits = u32::from_le_bytes(four_digits(value)) >> (8 * zeros);
        self.padded(&digits.to_le_bytes(), 4 - zeros);
    }
}

/// The two digits of a value below 100.
///
/// # Panics
/// If the value is larger.
#[inline(always)]
pub fn two_digits(value: u32) -> [u8; 2] {
    DIGIT_PAIRS[value as usize]
}

/// The four digits of a value below 10,000.
///
/// # Panics
/// If the value is larger.
#[inline(always)]
pub fn four_digits(value: u32) -> [u8; 4] {
    let [a, b] = two_digits(value / 100);
    let [c, d] = two_digits(value % 100);
    [a, b, c, d]
}

/// `00000000`.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The eight digits of a value below 100,000,000, all at once in a 64-bit register: pairs of four
/// digits, of two, of one are each split by a multiplication that divides. Those of a larger value
/// are no digits.
#[inline(always)]
pub fn eight_digits(value: u32) -> [u8; 8] {
    debug_assert!(value < 100_000_000, "{value} has more than eight digits");
    let fours = u64::from(value / 10_000) | u64::from(value % 10_000) << 32;
    let high = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = high | (fours - 100 * high) << 16;
    let high = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    let ones = high | (twos - 10 * high) << 8;
    (ones | ZEROS).to_le_bytes()
}

#[cfg(feature = "serde")]
impl<const N: usize> serde::Serialize for Text<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
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
        fn integers_read_as_the_standard_library_writes_them(value: u32, shift in 0..32u32) {
            let value = value >> shift;
            prop_assert_eq!(written(|line| line.integer(value)), value.to_string());
            let value = value % 100_000_000;
            prop_assert_eq!(written(|line| line.any_integer(value)), value.to_string());
            let digits = written(|line| line.chunk(&eight_digits(value)));
            prop_assert_eq!(digits, format!("{value:08}"));
        }
    }

    #[test]
    fn texts_follow_one_another() {
        let text = written(|line| {
            line.text(&Text::<16>::new("Smith, "));
            line.text(&Text::<8>::new("Zoë"));
            line.byte(b' ');
            line.chunk(&two_digits(7));
            line.chunk(&four_digits(42));
        });
        assert_eq!(text, "Smith, Zoë 070042");
        assert!(Text::<16>::new("a,b").has_comma());
    }

    #[test]
    fn bytes_of_any_number_follow_one_another() {
        let bytes = "0123456789".repeat(8);
        for len in 0..bytes.len() {
            let text = written(|line| {
                line.slice(b"ab");
                line.pop();
                line.slice(&bytes.as_bytes()[..len]);
                line.byte(b'.');
            });
            assert_eq!(text, format!("a{}.", &bytes[..len]));
        }
    }

    #[test]
    #[should_panic = "needs an escape"]
    fn a_text_that_needs_an_escape_is_refused() {
        let _ = Text::<8>::new("a\"b");
    }
}
