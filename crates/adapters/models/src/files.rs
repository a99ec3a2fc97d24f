//! Reads files up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Maximum size of a model's text.
pub const MAX_BYTES: usize = 16 << 20;

/// The contents of a file, if they have at most `most` bytes.
pub(crate) fn read_bytes(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let within = most as u64 + 1;
    File::open(path)?.take(within).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, too_long(most)));
    }
    Ok(bytes)
}

pub(crate) fn too_long(most: usize) -> String {
    format!("the text is longer than {most} bytes, the most that a model may have with its files")
}
