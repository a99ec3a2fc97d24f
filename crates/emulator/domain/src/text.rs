//! Short texts that are copied at a fixed size, without examining them.
//!
//! A record borrows its texts from tables. They are padded to a fixed size, so that a writer copies
//! one or two whole registers and advances by the length. They are checked once, when the table is
//! built, to need no escaping in JSON.

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

    /// This text followed by `more`.
    ///
    /// # Panics
    /// As [`Text::new`].
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

/// A text made of pieces that writes itself without a formatter. `Display` gives the same text.
pub trait WriteText: fmt::Display {
    /// Appends the text.
    fn write(&self, line: &mut ByteWriter<'_>);

    /// Whether the text contains a comma, the only character here that CSV must quote.
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

/// An output buffer: a slice and the number of bytes filled.
///
/// Copies of a fixed size write beyond the end of the text, so the slice needs
/// [`ByteWriter::SLACK`] more bytes than it is to hold.
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
    /// Spare bytes needed after the last byte.
    pub const SLACK: usize = 256;

    /// Writes into `bytes`, beginning at `len`.
    #[inline(always)]
    pub fn new(bytes: &'a mut [u8], len: usize) -> Self {
        Self { bytes, len }
    }

    /// Calls a function that is not inlined, and passes it a temporary writer. If the address of
    /// this writer escaped from a loop, its position would have to live in memory instead of a
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

    /// The bytes written since `start`, to be changed.
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

    /// Appends the first `len` bytes of `chunk`, by copying all of it.
    #[inline(always)]
    pub fn padded<const N: usize>(&mut self, chunk: &[u8; N], len: usize) {
        self.bytes[self.len..self.len + N].copy_from_slice(chunk);
        self.len += len;
    }

    /// Appends all of `bytes`. Most are short, and two copies of a fixed size, which may overlap,
    /// are faster than one of variable length.
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

    /// Removes the last byte.
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

    /// Appends a value below 100,000,000 with an unpredictable number of digits. The branches of
    /// [`integer`](Self::integer) would be mispredicted, so there are none here.
    #[inline(always)]
    pub fn any_integer(&mut self, value: u32) {
        let digits = u64::from_le_bytes(eight_digits(value));
        // All digits but the last may be leading zeros.
        let zeros = ((digits ^ ZEROS) | 1 << 56).trailing_zeros() / 8;
        self.padded(&(digits >> (8 * zeros)).to_le_bytes(), 8 - zeros as usize);
    }

    /// At most four digits. The leading zeros are shifted out at the low end of the register,
    /// without a branch.
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

/// The eight digits of a value below 100,000,000, computed together in a 64-bit register: groups of
/// four, two and one digits are split in parallel, by multiplications that divide. The result is
/// meaningless for larger values.
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
