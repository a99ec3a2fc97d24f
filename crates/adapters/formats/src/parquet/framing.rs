//! Files of row groups.

use std::mem;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use emulator_ports::{Batch, ObjectFramer, ObjectFraming, ObjectSplitter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::writer::SerializedFileWriter;

use super::Table;

/// Length of the magic number at the start of a file.
const MAGIC_LEN: u64 = 4;

/// Assembles files from batches, each of which is a row group encoded by a worker.
pub(super) struct ParquetFraming(pub(super) Arc<Table>);

impl ObjectFraming for ParquetFraming {
    fn header_len(&self) -> u64 {
        MAGIC_LEN
    }

    fn size(&self, batch: &Batch, records: Range<usize>) -> u64 {
        records.map(|at| batch.payload(at).len() as u64).sum()
    }

    fn batch_records(&self) -> Option<u64> {
        Some(self.0.group_rows)
    }

    fn framer(&self) -> Box<dyn ObjectFramer> {
        Box::new(ParquetFramer {
            writer: self.0.file(),
            out: Vec::new(),
        })
    }

    fn splitter(&self) -> Box<dyn ObjectSplitter> {
        unreachable!("tables are read as tables, from their end")
    }
}

struct ParquetFramer {
    writer: SerializedFileWriter<Vec<u8>>,
    out: Vec<u8>,
}

impl ParquetFramer {
    fn take(&mut self) -> &[u8] {
        self.writer.flush().expect("memory takes all");
        self.out.clear();
        mem::swap(&mut self.out, self.writer.inner_mut());
        &self.out
    }
}

impl ObjectFramer for ParquetFramer {
    fn append<'a>(&'a mut self, batch: &'a Batch, records: Range<usize>) -> [&'a [u8]; 2] {
        assert_eq!(records, 0..batch.len(), "a row group is written as a whole");
        let group = Group(batch.payload(batch.len() - 1));
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&group);
        let metadata = metadata.expect("a batch is a file of one row group");
        let mut row_group = self.writer.next_row_group().expect("none is open");
        for column in metadata.row_group(0).columns() {
            let close = ColumnCloseResult {
                bytes_written: column.compressed_size() as u64,
                rows_written: batch.len() as u64,
                metadata: column.clone(),
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            let appended = row_group.append_column(&group, close);
            appended.expect("its columns are those of the table");
        }
        row_group.close().expect("all columns are written");
        [self.take(), &[]]
    }

    fn finish(&mut self) -> &[u8] {
        self.writer
            .finish()
            .expect("the footer is written to memory");
        self.take()
    }
}

/// A file of one row group in memory, read in place.
struct Group<'b>(&'b [u8]);

impl<'b> Group<'b> {
    fn from(&self, start: u64) -> Result<&'b [u8]> {
        let rest = usize::try_from(start)
            .ok()
            .and_then(|start| self.0.get(start..));
        rest.ok_or_else(|| ParquetError::EOF("a row group ends earlier".to_owned()))
    }
}

impl Length for Group<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl<'b> ChunkReader for Group<'b> {
    type T = &'b [u8];

    fn get_read(&self, start: u64) -> Result<&'b [u8]> {
        self.from(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        Ok(Bytes::copy_from_slice(&self.from(start)?[..length]))
    }
}
