//! Reads Parquet objects, our own and those of other writers, as tables.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Buf, Bytes};
use emulator_domain::verification::TableRows;
use emulator_ports::{
    DestinationError, DestinationErrorKind, ObjectSource, TableColumn, TableError, TableFormat,
    TableReader,
};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescPtr;

use super::depth::Depth;
use super::leaf::Leaf;
use super::levels::{Shape, leaves};

/// Rows per batch.
const ROWS: usize = 8192;
/// Bytes read from the end of a file at first. They are kept: a smaller file is read by one request,
/// because in a store a request takes longer than its bytes.
const TAIL: u64 = 1 << 20;
/// A row group of at most this many bytes is read by one request.
const WHOLE_GROUP: u64 = 32 << 20;

/// Reads Parquet.
pub(crate) struct ParquetTables;

#[async_trait]
impl TableFormat for ParquetTables {
    async fn open(
        &self,
        source: Arc<dyn ObjectSource>,
        container: &str,
        name: &str,
        columns: &[TableColumn],
    ) -> Result<Option<Box<dyn TableReader>>, TableError> {
        let Some(len) = source.len(container, name).await? else {
            return Ok(None);
        };
        let mut place = Place {
            source,
            container: container.to_owned(),
            name: name.to_owned(),
            len,
            tail: Bytes::new(),
        };
        let metadata = place.metadata().await?;
        let mut wanted = Vec::with_capacity(columns.len());
        for column in columns {
            wanted.push(place.wanted(&metadata, column)?);
        }
        Ok(Some(Box::new(ParquetReader {
            place,
            metadata,
            columns: columns.to_vec(),
            wanted,
            next_group: 0,
            open: Vec::new(),
            left: 0,
        })))
    }
}

/// An object.
struct Place {
    source: Arc<dyn ObjectSource>,
    container: String,
    name: String,
    len: u64,
    /// The last bytes of it.
    tail: Bytes,
}

/// Where to find the values of a requested column.
struct Wanted {
    shape: Shape,
    /// Its range among the leaves of the file.
    leaves: Range<usize>,
}

impl Place {
    async fn read(&self, range: Range<u64>) -> Result<Bytes, TableError> {
        if range.start > range.end || range.end > self.len {
            return Err(self.damaged("it ends before its last column does"));
        }
        let tail = self.len - self.tail.len() as u64;
        if range.start >= tail {
            let range = (range.start - tail) as usize..(range.end - tail) as usize;
            return Ok(self.tail.slice(range));
        }
        let read = self.source.read_at(&self.container, &self.name, range);
        Ok(read.await?.into())
    }

    async fn metadata(&mut self) -> Result<ParquetMetaData, TableError> {
        let mut tail = TAIL.min(self.len);
        loop {
            self.tail = self.read(self.len - tail..self.len).await?;
            let mut reader = ParquetMetaDataReader::new();
            match undisturbed(|| reader.try_parse_sized(&self.tail, self.len)) {
                Ok(()) => return reader.finish().map_err(|error| self.damaged(error)),
                Err(ParquetError::NeedMoreData(needed)) if needed as u64 > tail => {
                    tail = (needed as u64).min(self.len);
                }
                Err(error) => return Err(self.damaged(error)),
            }
        }
    }

    /// The bytes of these columns and of what lies between them, unless that is too much.
    async fn read_together(&self, columns: &[Range<u64>]) -> Result<Option<Chunk>, TableError> {
        let start = columns.iter().map(|range| range.start).min();
        let end = columns.iter().map(|range| range.end).max();
        let (Some(start), Some(end)) = (start, end) else {
            return Ok(None);
        };
        let wanted = columns.iter().map(|range| range.end - range.start);
        let wanted = wanted.fold(0_u64, u64::saturating_add);
        let span = end - start;
        if span > WHOLE_GROUP || span / 2 > wanted {
            return Ok(None);
        }
        let bytes = self.read(start..end).await?;
        Ok(Some(Chunk { start, bytes }))
    }

    fn wanted(
        &self,
        metadata: &ParquetMetaData,
        column: &TableColumn,
    ) -> Result<Option<Wanted>, TableError> {
        let mut first = 0;
        for node in metadata.file_metadata().schema().get_fields() {
            let count = leaves(node);
            if node.name() == column.name {
                let shape = Shape::new(&column.field, node, Depth::default(), 0);
                let shape = shape.map_err(|why| {
                    let why = format!("{}: {why}", self.name);
                    DestinationError::new(DestinationErrorKind::Refused, why)
                })?;
                let leaves = first..first + count;
                return Ok(Some(Wanted { shape, leaves }));
            }
            first += count;
        }
        Ok(None)
    }

    fn damaged(&self, why: impl ToString) -> TableError {
        TableError::Damaged(format!("{}: {}", self.name, why.to_string()))
    }
}

/// Iterates over the row groups of one object.
struct ParquetReader {
    place: Place,
    metadata: ParquetMetaData,
    columns: Vec<TableColumn>,
    wanted: Vec<Option<Wanted>>,
    next_group: usize,
    /// The requested leaves of the open row group, in the order of `wanted`.
    open: Vec<Vec<(ColumnDescPtr, ColumnReader)>>,
    /// Rows of it that are still to be read.
    left: usize,
}

impl ParquetReader {
    async fn open_group(&mut self) -> Result<(), TableError> {
        let group = self.metadata.row_group(self.next_group);
        self.next_group += 1;
        self.left = usize::try_from(group.num_rows()).unwrap_or(0);
        self.open.clear();
        let wanted = self.wanted.iter().flatten();
        let columns = wanted.flat_map(|wanted| wanted.leaves.clone());
        let columns: Vec<_> = columns.map(|leaf| bytes_of(group.column(leaf))).collect();
        let whole = self.place.read_together(&columns).await?;
        for wanted in self.wanted.iter().flatten() {
            let mut readers = Vec::new();
            for leaf in wanted.leaves.clone() {
                let column = group.column(leaf);
                let range = bytes_of(column);
                let bytes = match &whole {
                    Some(whole) => whole.range(&range),
                    None => self.place.read(range.clone()).await?,
                };
                let chunk = Arc::new(Chunk {
                    start: range.start,
                    bytes,
                });
                let reader = undisturbed(|| {
                    let pages = SerializedPageReader::new(chunk, column, self.left, None)?;
                    let descriptor = column.column_descr_ptr();
                    Ok(get_column_reader(descriptor, Box::new(pages)))
                });
                let reader = reader.map_err(|error| self.place.damaged(error))?;
                readers.push((column.column_descr_ptr(), reader));
            }
            self.open.push(readers);
        }
        Ok(())
    }
}

#[async_trait]
impl TableReader for ParquetReader {
    fn present(&self) -> Vec<bool> {
        self.wanted.iter().map(Option::is_some).collect()
    }

    async fn next(&mut self, rows: &mut TableRows) -> Result<bool, TableError> {
        rows.columns.clear();
        rows.len = 0;
        while self.left == 0 {
            if self.next_group == self.metadata.num_row_groups() {
                return Ok(false);
            }
            self.open_group().await?;
        }
        let count = self.left.min(ROWS);
        let mut open = self.open.iter_mut();
        let columns = self
            .wanted
            .iter()
            .zip(&self.columns)
            .map(|(wanted, column)| {
                let Some(wanted) = wanted else {
                    return Ok(None);
                };
                let leaves = open.next().expect("a column of leaves");
                undisturbed(|| {
                    let leaves: ParquetResult<Vec<_>> = leaves
                        .iter_mut()
                        .map(|(descriptor, reader)| Leaf::read(descriptor, reader, count))
                        .collect();
                    Ok(Some(wanted.shape.column(
                        &column.field,
                        &leaves?,
                        Depth::default(),
                    )))
                })
            });
        let columns: ParquetResult<Vec<_>> = columns.collect();
        rows.columns = columns.map_err(|error| self.place.damaged(error))?;
        rows.len = count;
        self.left -= count;
        Ok(true)
    }
}

/// Where a column of a row group is in its file.
fn bytes_of(column: &ColumnChunkMetaData) -> Range<u64> {
    let start = column.dictionary_page_offset();
    let start = start.map_or(column.data_page_offset(), |offset| {
        offset.min(column.data_page_offset())
    });
    let start = u64::try_from(start).unwrap_or(u64::MAX);
    start..start.saturating_add(column.compressed_size().max(0).cast_unsigned())
}

/// The result of `read`. A panic of the library on invalid bytes becomes an error.
fn undisturbed<T>(read: impl FnOnce() -> ParquetResult<T>) -> ParquetResult<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let why = "its bytes are not what its header says";
        Err(ParquetError::General(why.to_owned()))
    })
}

/// A part of a file.
struct Chunk {
    start: u64,
    bytes: Bytes,
}

impl Length for Chunk {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Chunk {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(self.get_bytes(start, 0).map(|_| self.from(start))?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let from = self.from(start);
        if start < self.start || from.len() < length {
            let why = "a page lies outside of its column";
            return Err(ParquetError::EOF(why.to_owned()));
        }
        Ok(from.slice(..length))
    }
}

impl Chunk {
    /// The bytes of `range`, which lies within this part.
    fn range(&self, range: &Range<u64>) -> Bytes {
        let (start, end) = (range.start - self.start, range.end - self.start);
        self.bytes.slice(start as usize..end as usize)
    }

    /// The bytes from `start` on.
    fn from(&self, start: u64) -> Bytes {
        let at = start
            .saturating_sub(self.start)
            .min(self.bytes.len() as u64);
        self.bytes.slice(at as usize..)
    }
}
