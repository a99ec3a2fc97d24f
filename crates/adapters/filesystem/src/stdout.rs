//! Standard output as a store.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use emulator_domain::plan::Format;
use emulator_ports::{DestinationError, DestinationErrorKind, Finished, ObjectStore, ObjectWriter};

/// Writes all objects to one stream, one after the other, ignoring their names.
///
/// A stream cannot be rewound: its reader sees an object before it is finished, and the beginning
/// of one that never is.
#[derive(Debug)]
pub struct Stdout<W>(Arc<Mutex<W>>);

impl Stdout<File> {
    /// The standard output of this process, unbuffered.
    ///
    /// # Errors
    /// If the process has none.
    pub fn of_process() -> io::Result<Self> {
        Ok(Self::new(io::stdout().as_fd().try_clone_to_owned()?.into()))
    }
}

impl<W> Stdout<W> {
    /// Writes to `stream`.
    pub fn new(stream: W) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }
}

#[async_trait]
impl<W: Write + Send + 'static> ObjectStore for Stdout<W> {
    async fn prepare(&self, _container: &str) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn create(
        &self,
        _container: &str,
        _name: &str,
        _format: Format,
    ) -> Result<Box<dyn ObjectWriter>, DestinationError> {
        Ok(Box::new(StreamWriter(Arc::clone(&self.0))))
    }

    /// Nothing can be taken back from a stream.
    async fn reclaim(&self, _container: &str, _names: &[String]) -> Result<(), DestinationError> {
        Ok(())
    }

    /// What was written stays written.
    async fn remove(
        &self,
        _container: &str,
        _prefix: &str,
        _unwanted: &(dyn for<'n> Fn(&'n str) -> bool + Sync),
    ) -> Result<u64, DestinationError> {
        Ok(0)
    }

    fn location(&self) -> String {
        "standard output".to_owned()
    }

    /// Only one object can be written to a stream at a time.
    fn concurrency(&self) -> usize {
        1
    }
}

struct StreamWriter<W>(Arc<Mutex<W>>);

impl<W: Write> StreamWriter<W> {
    fn with(&self, act: impl FnOnce(&mut W) -> io::Result<()>) -> Result<(), DestinationError> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut stream).map_err(failure)
    }
}

#[async_trait]
impl<W: Write + Send + 'static> ObjectWriter for StreamWriter<W> {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), DestinationError> {
        self.with(|stream| stream.write_all(bytes))
    }

    fn finish(self: Box<Self>) -> Finished {
        Box::pin(async move { self.with(Write::flush) })
    }
}

fn failure(error: io::Error) -> DestinationError {
    let (kind, message) = match error.kind() {
        ErrorKind::BrokenPipe => (
            DestinationErrorKind::Closed,
            "the reader of standard output has closed it",
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => (
            DestinationErrorKind::Full,
            "standard output goes to a disk that is full: make room there",
        ),
        _ => (
            DestinationErrorKind::Interrupted,
            "cannot write to standard output: check where it is redirected to",
        ),
    };
    DestinationError::new(kind, message).caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    async fn write(store: &dyn ObjectStore, bytes: &[u8]) -> Result<(), DestinationError> {
        let mut writer = store.create("transactions", "a.csv", Format::Csv).await?;
        writer.write(bytes).await?;
        writer.finish().await
    }

    #[tokio::test]
    async fn objects_follow_one_another() {
        let store = Stdout::new(Vec::new());
        write(&store, b"a,b\n").await.unwrap();
        write(&store, b"1,2\n").await.unwrap();
        assert_eq!(*store.0.lock().unwrap(), b"a,b\n1,2\n");
    }

    #[tokio::test]
    async fn a_reader_that_goes_away_is_told_from_other_failures() {
        let (mut reader, writer) = io::pipe().unwrap();
        let store = Stdout::new(writer);
        write(&store, b"first").await.unwrap();
        let mut first = [0; 5];
        reader.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"first");
        drop(reader);
        let error = write(&store, b"second").await.unwrap_err();
        assert_eq!(error.kind, DestinationErrorKind::Closed);
    }

    #[tokio::test]
    async fn a_full_disk_behind_it_is_named() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let error = write(&Stdout::new(full), b"bytes").await.unwrap_err();
        assert_eq!(error.kind, DestinationErrorKind::Full);
    }
}
