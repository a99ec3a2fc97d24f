//! What a command writes to standard output.

use std::io::{self, Write};

use anyhow::Context;

/// Writes a command's result to standard output. A reader that has closed it has read enough: that
/// is not an error.
///
/// # Errors
/// If it cannot be written, for example to a full disk.
pub fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    printed(out.write_all(text).and_then(|()| out.flush()))
}

/// What [`print()`] makes of the result of writing to standard output.
///
/// # Errors
/// Unless the reader has closed it.
pub fn printed(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("standard output cannot be written"),
    }
}
