//! The thread that writes a file.

use std::io;
use std::thread::{self, JoinHandle};

/// A thread that carries out jobs until their senders are gone. Dropping it waits for the thread,
/// whose last act is to close its file: a process that ends with an open file looks like a killed
/// one.
pub(crate) struct WriterThread<S> {
    /// Where jobs are sent. `None` only while it is dropped, which ends the thread.
    jobs: Option<S>,
    thread: Option<JoinHandle<()>>,
}

impl<S> WriterThread<S> {
    /// Starts `work`, which takes what is sent to `jobs` and ends when `jobs` is gone.
    pub(crate) fn start(
        name: &str,
        jobs: S,
        work: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub(crate) fn jobs(&self) -> &S {
        self.jobs.as_ref().expect("it is taken by drop only")
    }
}

impl<S> Drop for WriterThread<S> {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if thread.join().is_err() {
                tracing::error!(thread = name, "the thread that writes the state panicked");
            }
        }
    }
}
