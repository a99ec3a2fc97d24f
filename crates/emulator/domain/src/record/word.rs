//! Words of lists that many records share.

use std::fmt;
use std::ops::Deref;

use crate::text::ByteWriter;

/// A text that is written often. If it is short, all of it is copied as one piece of fixed size,
/// because a branch on the length of the next word would be mispredicted.
#[derive(Clone, PartialEq, Eq)]
pub struct Word {
    text: Box<str>,
    /// The text, padded, if it fits.
    piece: [u8; Self::SHORT],
}

impl Word {
    /// The length up to which a word is copied in one piece.
    const SHORT: usize = 32;

    /// Appends the word as it is.
    #[inline(always)]
    pub fn write(&self, line: &mut ByteWriter<'_>) {
        if self.text.len() <= Self::SHORT {
            line.padded(&self.piece, self.text.len());
        } else {
            line.slice(self.text.as_bytes());
        }
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        let mut piece = [0; Self::SHORT];
        if let Some(start) = piece.get_mut(..text.len()) {
            start.copy_from_slice(text.as_bytes());
        }
        Self {
            text: text.into(),
            piece,
        }
    }
}

impl AsRef<str> for Word {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_any_length_is_written_whole() {
        let letters = "é-".repeat(20);
        let ends = letters.char_indices().map(|(end, _)| end);
        for end in ends {
            let word = Word::from(&letters[..end]);
            let mut bytes = [b'?'; 64 + ByteWriter::SLACK];
            let mut line = ByteWriter::new(&mut bytes, 1);
            word.write(&mut line);
            line.byte(b'!');
            let len = line.len();
            let written = std::str::from_utf8(&bytes[..len]).unwrap();
            assert_eq!(written, format!("?{}!", &letters[..end]));
        }
    }
}
