//! A file in blocks of whole lines.

use std::io::{self, BufReader, Read};

use sha2::{Digest, Sha256};
use warehouse_domain::csv::LONGEST_LINE;

/// Bytes that are read at once.
const SIZE: usize = 256 * 1024;

/// The bytes of a line too long that are kept.
const HEAD: usize = 4096;

/// Some lines of a file.
#[derive(Debug)]
pub(super) struct Block {
    /// The number of the first line, counted from 1.
    pub(super) line: u64,
    pub(super) content: Content,
    /// How many bytes of the file have been read.
    pub(super) read: u64,
}

#[derive(Debug)]
pub(super) enum Content {
    Lines(Vec<u8>),
    /// The beginning of one line that is longer than any may be.
    TooLong(Vec<u8>),
}

/// Reads a file once. Memory is bounded, whatever the file holds.
pub(super) struct Blocks<R> {
    file: R,
    digest: Sha256,
    rest: Vec<u8>,
    line: u64,
    read: u64,
}

impl<R: Read> Blocks<R> {
    pub(super) fn new(file: R) -> Self {
        Self {
            file,
            digest: Sha256::new(),
            rest: Vec::new(),
            line: 1,
            read: 0,
        }
    }

    /// The next lines, at least one; `None` at the end. The last line may lack its end.
    pub(super) fn next(&mut self) -> io::Result<Option<Block>> {
        let mut bytes = std::mem::take(&mut self.rest);
        loop {
            let is_first = self.read == 0;
            let more = self.fill(&mut bytes)?;
            if is_first && bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
            if let Some(end) = memchr::memrchr(b'\n', &bytes) {
                self.rest = bytes.split_off(end + 1);
            } else if bytes.len() > LONGEST_LINE {
                bytes.truncate(HEAD);
                self.skip_line()?;
                return Ok(Some(self.block(1, Content::TooLong(bytes))));
            } else if more {
                continue;
            } else if bytes.is_empty() {
                return Ok(None);
            }
            let ends = memchr::memchr_iter(b'\n', &bytes).count() as u64;
            return Ok(Some(self.block(ends, Content::Lines(bytes))));
        }
    }

    /// SHA-256 of all that was read, in lowercase hexadecimal.
    pub(super) fn digest(self) -> String {
        format!("{:x}", self.digest.finalize())
    }

    fn block(&mut self, lines: u64, content: Content) -> Block {
        let line = self.line;
        self.line += lines;
        Block {
            line,
            content,
            read: self.read,
        }
    }

    /// Whether there was more.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let before = bytes.len();
        bytes.reserve(SIZE);
        self.file.by_ref().take(SIZE as u64).read_to_end(bytes)?;
        self.digest.update(&bytes[before..]);
        self.read += (bytes.len() - before) as u64;
        Ok(bytes.len() > before)
    }

    fn skip_line(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(SIZE);
        while self.fill(&mut bytes)? {
            if let Some(end) = memchr::memchr(b'\n', &bytes) {
                self.rest = bytes.split_off(end + 1);
                return Ok(());
            }
            bytes.clear();
        }
        Ok(())
    }
}

/// SHA-256 of a whole file, in lowercase hexadecimal.
pub(super) fn digest(file: impl Read) -> io::Result<String> {
    let mut digest = Sha256::new();
    io::copy(&mut BufReader::with_capacity(SIZE, file), &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines with their numbers, how many bytes were read, and their digest.
    fn blocks(file: impl Read) -> (Vec<(u64, String)>, u64, String) {
        let mut blocks = Blocks::new(file);
        let mut found = Vec::new();
        while let Some(block) = blocks.next().unwrap() {
            let mut line = block.line;
            match block.content {
                Content::Lines(bytes) => {
                    for text in String::from_utf8(bytes).unwrap().lines() {
                        found.push((line, text.to_owned()));
                        line += 1;
                    }
                }
                Content::TooLong(head) => found.push((line, format!("{} bytes", head.len()))),
            }
        }
        (found, blocks.read, blocks.digest())
    }

    #[test]
    fn lines_are_whole_and_numbered_whatever_their_lengths() {
        let lines: Vec<String> = (0..3000).map(|at| "x".repeat(at * 7 % 1500)).collect();
        let text = lines.join("\n");
        let (found, read, sum) = blocks(text.as_bytes());
        let expected: Vec<_> = (1..).zip(lines).collect();
        assert_eq!(found, expected);
        assert_eq!(read, text.len() as u64);
        assert_eq!(sum, digest(text.as_bytes()).unwrap());
        // The example of FIPS 180-2.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(&b"abc"[..]).unwrap(), abc);
    }

    #[test]
    fn a_line_of_the_greatest_length_is_whole() {
        let line = "x".repeat(LONGEST_LINE);
        assert_eq!(blocks(format!("{line}\n").as_bytes()).0, [(1, line)]);
    }

    #[test]
    fn a_line_of_many_blocks_costs_itself_only() {
        let long = io::repeat(b'x').take(32 << 20);
        let file = b"a\n".chain(long).chain(&b"\nb\n\nc"[..]);
        let expected = [(1, "a"), (2, "4096 bytes"), (3, "b"), (4, ""), (5, "c")];
        let (found, ..) = blocks(file);
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        assert_eq!(blocks(&b"\xef\xbb\xbfa\nb"[..]).0[0], (1, "a".to_owned()));
        assert_eq!(blocks(&b""[..]).0, []);
    }
}
