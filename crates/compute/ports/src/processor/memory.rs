//! Runs a processor alone, without stores and queue.

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex, PoisonError};

use compute_domain::MediaType;

use super::{Control, Input, Outputs, ProcessError, Processor, Work};

/// Runs a processor on data in memory and returns its outputs, in the order of its fields: for
/// tests of processors.
///
/// # Errors
/// Errors of the processor.
///
/// # Panics
/// If the processor succeeds without having started an output for each field.
pub fn process_in_memory(
    processor: &dyn Processor,
    inputs: Vec<(MediaType, Vec<u8>)>,
) -> Result<Vec<(MediaType, Vec<u8>)>, ProcessError> {
    let inputs = inputs
        .into_iter()
        .map(|(media_type, bytes)| Input::new(media_type, Box::new(Cursor::new(bytes))))
        .collect();
    let fields = processor.description().draft().data_out.len();
    let written = Written::default();
    let outputs = Box::new(written.clone());
    processor.process(&mut Work::new(
        inputs,
        outputs,
        Arc::new(Control::default()),
    ))?;
    let written = std::mem::take(&mut *written.lock());
    assert_eq!(written.len(), fields, "one output for each field");
    Ok(written)
}

/// An output: its type and its contents.
type Output = (MediaType, Vec<u8>);

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<Output>>>);

impl Written {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Output>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outputs for Written {
    fn create(&mut self, media_type: MediaType) -> io::Result<Box<dyn Write + Send>> {
        let position = self.lock().len();
        self.lock().push((media_type, Vec::new()));
        Ok(Box::new(OutputWriter {
            written: self.clone(),
            position,
        }))
    }
}

struct OutputWriter {
    written: Written,
    position: usize,
}

impl Write for OutputWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.lock()[self.position]
            .1
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
