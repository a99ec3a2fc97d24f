//! Standard output that remembers whether its reader has gone.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A stream that sets `closed` when nobody reads it any more.
pub(super) struct Watched {
    stream: File,
    closed: Arc<AtomicBool>,
}

impl Watched {
    /// The process's standard output, without the standard library's buffer in between.
    pub(super) fn stdout(closed: Arc<AtomicBool>) -> io::Result<Self> {
        let stream = io::stdout().as_fd().try_clone_to_owned()?.into();
        Ok(Self { stream, closed })
    }

    fn watch<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if result
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::BrokenPipe)
        {
            self.closed.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.stream.write(bytes);
        self.watch(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.stream.flush();
        self.watch(flushed)
    }
}
