//! Refuses CSV with a quote that is not closed, which the parser takes for the beginning of a field
//! that holds the rest of the file.

use std::io::{self, Read};

/// Maximum length of a quoted field in bytes, so that an open quote in a large file is found before
/// it takes the memory.
pub(crate) const LONGEST: usize = 64 << 20;

/// What is wrong, and in which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuoteFault {
    /// The quote that this line opens is not closed, or is followed by text.
    Open { line: u64 },
    /// The quoted field that begins in this line is longer than [`LONGEST`].
    Long { line: u64 },
}

impl std::error::Error for QuoteFault {}

impl std::fmt::Display for QuoteFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = |line| if line == 1 { "the header" } else { "a field" };
        match *self {
            Self::Open { line } => write!(
                f,
                "line {line}: a quote in {} is not closed, or is followed by text; close it before \
                 the comma or line end, and double quotes that belong to the text",
                place(line)
            ),
            Self::Long { line } => write!(
                f,
                "line {line}: the quoted text that begins here is longer than {LONGEST} bytes; \
                 perhaps its quote is not closed"
            ),
        }
    }
}

/// Passes a file on until a quote is wrong; then reading fails with a [`QuoteFault`].
pub(crate) struct Quotes<R> {
    inner: R,
    state: State,
    /// The line of the next byte.
    line: u64,
    /// The line of the last quote that opened a field, and the bytes since then.
    opened: u64,
    length: usize,
    /// The byte before.
    previous: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    Quoted,
    /// After a quote within a quoted field: the first of two, or the last of the field.
    Closing,
}

impl<R: Read> Quotes<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            state: State::Outside,
            line: 1,
            opened: 1,
            length: 0,
            previous: b'\n',
        }
    }

    fn check(&mut self, mut bytes: &[u8]) -> Result<(), QuoteFault> {
        while let Some(first) = bytes.first() {
            let (length, next) = match self.state {
                State::Closing => match first {
                    b'"' => (1, State::Quoted),
                    b',' | b'\n' | b'\r' => (0, State::Outside),
                    _ => return Err(QuoteFault::Open { line: self.opened }),
                },
                state => match memchr::memchr(b'"', bytes) {
                    None => (bytes.len(), state),
                    Some(at) if state == State::Quoted => (at + 1, State::Closing),
                    Some(at) => {
                        let before = at.checked_sub(1).map_or(self.previous, |at| bytes[at]);
                        // Any other quote is part of the text of a field without quotes.
                        let opens = matches!(before, b',' | b'\n' | b'\r');
                        (at + 1, if opens { State::Quoted } else { state })
                    }
                },
            };
            let (passed, rest) = bytes.split_at(length);
            self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            self.previous = passed.last().copied().unwrap_or(self.previous);
            if self.state == State::Outside {
                (self.opened, self.length) = (self.line, 0);
            } else {
                self.length += length;
            }
            if self.length > LONGEST {
                return Err(QuoteFault::Long { line: self.opened });
            }
            self.state = next;
            bytes = rest;
        }
        Ok(())
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let is_end = length == 0 && !buffer.is_empty();
        let checked = if is_end && self.state == State::Quoted {
            Err(QuoteFault::Open { line: self.opened })
        } else {
            self.check(&buffer[..length])
        };
        checked.map_err(io::Error::other)?;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads so many bytes at once, as a store may send them.
    fn read(file: impl Read, piece: usize) -> Option<QuoteFault> {
        let mut quotes = Quotes::new(file);
        let mut buffer = vec![0; piece];
        loop {
            match quotes.read(&mut buffer) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(error.downcast().unwrap()),
            }
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_is_found_in_its_line() {
        for (text, expected) in [
            ("", None),
            ("a,b\n1,\"2\"\n", None),
            ("a\n\"1\n2\"\r\n\"\",\"\"\"\"", None),
            ("5\" pipe,a\"b\"c\n", None),
            ("\"\"\"a\"\"\"", None),
            ("\"", Some(1)),
            ("a\n\"1\n2\n", Some(2)),
            ("a\n1\n,\"\"\"\n", Some(3)),
            // The next quote closes it, and text follows.
            ("a,b\n1,\"x\n2,\"y\"\n", Some(2)),
            ("a\n\"x\"y\n", Some(2)),
        ] {
            let expected = expected.map(|line| QuoteFault::Open { line });
            for piece in [1, 2, 3, 100] {
                assert_eq!(
                    read(text.as_bytes(), piece),
                    expected,
                    "{text:?} by {piece}"
                );
            }
        }
        let endless = "a\n\"".as_bytes().chain(io::repeat(b'x'));
        assert_eq!(read(endless, 4096), Some(QuoteFault::Long { line: 2 }));
    }
}
