//! Apache Parquet: envelope and record as a row, in files of row groups.
//!
//! A batch is a row group: a worker builds it from columns of records and compresses it; files are
//! assembled from row groups. Row groups begin at multiples of [`Table::group_rows`] of the record
//! index, so a file's bytes depend on its records alone.

mod depth;
mod framing;
mod leaf;
mod levels;
mod reader;
mod schema;
mod shredder;

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::GENERATOR_VERSION;
use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{Compression, EmulationPlan, Grouping, Medium};
use emulator_domain::record::{
    Block, Blocks, Cells, Column, Envelope, Field, IndexError, LogicalType, Schema, blocks,
};
use emulator_domain::text::ByteWriter;
use emulator_ports::{Batch, BatchEncoder, RecordSpans, Span};
use parquet::basic::{Compression as Packing, ZstdLevel};
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, get_column_writer};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion,
};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnPath, SchemaDescriptor, TypePtr};

use self::framing::ParquetFraming;
pub(crate) use self::reader::ParquetTables;
use crate::Codec;
use crate::digits::Times;
use crate::rows::value;

/// Records whose columns are generated at once: they fit a core's private cache.
const BLOCK: u64 = 1024;
/// Approximate size of a row group before compression.
const GROUP_BYTES: u64 = 16 << 20;
/// Maximum rows of a row group.
const MOST_ROWS: u64 = 1 << 17;

/// The files of one run.
pub(super) struct Table {
    /// Rows per row group.
    group_rows: u64,
    root: TypePtr,
    descriptor: SchemaDescriptor,
    /// Properties of row groups.
    group: WriterPropertiesPtr,
    /// Properties of files.
    file: WriterPropertiesPtr,
}

impl Table {
    fn new(id: EmulationId, plan: &EmulationPlan, blocks: &dyn Blocks) -> Self {
        let schema = plan.dataset().schema();
        let root = schema::columns(schema, blocks.envelope());
        let told = [
            ("data-emulator.emulation_id", id.to_string()),
            ("data-emulator.dataset", plan.dataset().name().into_owned()),
            ("data-emulator.seed", plan.seed().get().to_string()),
            (
                "data-emulator.generator_version",
                GENERATOR_VERSION.to_string(),
            ),
        ];
        let told = told.map(|(key, value)| KeyValue::new(key.to_owned(), value));
        let group = properties(plan, blocks.envelope());
        Self {
            group_rows: group_rows(plan, blocks),
            descriptor: SchemaDescriptor::new(root.clone()),
            root,
            file: Arc::new(
                group
                    .clone()
                    .into_builder()
                    .set_key_value_metadata(Some(told.to_vec()))
                    .build(),
            ),
            group: Arc::new(group),
        }
    }

    fn file(&self) -> SerializedFileWriter<Vec<u8>> {
        SerializedFileWriter::new(Vec::new(), self.root.clone(), self.file.clone())
            .expect("a file is begun in memory")
    }
}

fn properties(plan: &EmulationPlan, envelope: Envelope) -> WriterProperties {
    let codec = match plan.compression() {
        Compression::None => Packing::UNCOMPRESSED,
        Compression::Snappy => Packing::SNAPPY,
        Compression::Zstandard => Packing::ZSTD(ZstdLevel::default()),
        Compression::Deflate => unreachable!("a plan packs Parquet as its format can"),
    };
    let mut builder = WriterProperties::builder()
        // Every reader supports it.
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(concat!("data-emulator ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(codec)
        // With chunk statistics alone the writer computes them twice. Page statistics are not
        // written to the files.
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_offset_index_disabled(true)
        .set_dictionary_enabled(true);
    let schema = plan.dataset().schema();
    for (position, field) in schema::fields(schema, envelope).enumerate() {
        let is_envelope = envelope == Envelope::Emulation && position == 0;
        if !is_envelope && !is_repetitive(&field.logical_type) {
            let path = ColumnPath::from(&*field.name);
            builder = builder.set_column_dictionary_enabled(path, false);
        }
    }
    builder.build()
}

/// Whether dictionary encoding is worth trying.
fn is_repetitive(logical_type: &LogicalType) -> bool {
    matches!(
        logical_type,
        LogicalType::Text | LogicalType::Enum(_) | LogicalType::Integer | LogicalType::Flag
    )
}

/// Rows per row group, estimated from the first rows, so that it depends on the plan alone.
fn group_rows(plan: &EmulationPlan, blocks: &dyn Blocks) -> u64 {
    let target = match plan.grouping() {
        Grouping::Single => return 1,
        Grouping::Grouped => GROUP_BYTES,
        Grouping::Chunked { max_chunk_size } => GROUP_BYTES.min(max_chunk_size.get()),
    };
    let rows = blocks.capacity().min(BLOCK);
    let mut block = Block::default();
    if rows == 0 || blocks.fill(0..rows, &mut block).is_err() {
        return 1;
    }
    let bytes: usize = block.columns.iter().map(size).sum();
    let width = (bytes as u64 / rows).max(1) + 24;
    (target / width).clamp(1, MOST_ROWS)
}

/// Size of a column's values in bytes.
fn size(column: &Column) -> usize {
    match &column.cells {
        Cells::Text(texts) => texts.all().len() + 4 * texts.len(),
        Cells::Uuid(ids) => 16 * ids.len(),
        Cells::Boolean(values) => values.len() / 8,
        Cells::Word { positions, .. } => 4 * positions.len(),
        Cells::Struct(columns) => columns.iter().map(size).sum(),
        Cells::Array { ends, elements } => 4 * ends.len() + size(elements),
        Cells::Map { ends, keys, values } => 4 * ends.len() + size(keys) + size(values),
        _ => 8 * column.len(),
    }
}

/// Encoder and framing of the format; there is no record verifier.
pub(crate) fn codec(id: EmulationId, plan: &EmulationPlan) -> Codec {
    let blocks = blocks(plan);
    let table = Arc::new(Table::new(id, plan, &*blocks));
    let names = plan.sink().medium() != Medium::Messages && plan.grouping() == Grouping::Single;
    let id_fields = blocks.id_fields();
    let id_paths = id_fields.iter();
    let id_paths = id_paths.map(|path| value::positions(plan.dataset().schema().fields(), path));
    let encoder = ParquetEncoder {
        id,
        id_paths: id_paths.collect(),
        schema: plan.dataset().schema().clone(),
        blocks,
        names,
        table: table.clone(),
    };
    Codec {
        encoder: Arc::new(encoder),
        framing: Arc::new(ParquetFraming(table)),
        verifier: None,
    }
}

/// Writes row groups.
struct ParquetEncoder {
    id: EmulationId,
    schema: Schema,
    blocks: Arc<dyn Blocks>,
    table: Arc<Table>,
    /// Whether a record's id names its object.
    names: bool,
    id_paths: Vec<Vec<usize>>,
}

impl ParquetEncoder {
    /// Encodes a Parquet file with a single row group, and says how many of its bytes are that of
    /// the row group.
    fn row_group(
        &self,
        range: Range<u64>,
        ids: &mut Vec<String>,
        batch: &mut Batch,
    ) -> Result<(Vec<u8>, usize), Stopped> {
        let columns = self.table.descriptor.columns();
        let mut sinks: Vec<_> = columns
            .iter()
            .map(|_| TrackedWrite::new(Vec::new()))
            .collect();
        let mut writers: Vec<_> = columns
            .iter()
            .zip(&mut sinks)
            .map(|(column, sink)| {
                let pages = Box::new(SerializedPageWriter::new(sink));
                get_column_writer(column.clone(), self.table.group.clone(), pages)
            })
            .collect();
        let mut block = Block::default();
        let mut envelope = EnvelopeColumns::new(self.id, self.blocks.envelope());
        let mut first = range.start;
        while first < range.end {
            let end = range.end.min(first + BLOCK);
            self.blocks.fill(first..end, &mut block)?;
            batch.count_skewed(block.skewed);
            let mut leaves = writers.iter_mut();
            envelope.write(&block, &mut leaves)?;
            for (column, field) in block.columns.iter().zip(self.schema.fields()) {
                shredder::write(column, field, &mut leaves)?;
            }
            if self.names {
                ids.extend(
                    (0..block.len())
                        .zip(first..)
                        .map(|(row, index)| self.name(&block, row, index)),
                );
            }
            first = end;
        }
        let closed: Result<Vec<_>> = writers.into_iter().map(ColumnWriter::close).collect();
        let bytes = sinks.iter().map(TrackedWrite::bytes_written).sum();
        Ok((self.file(closed?, sinks)?, bytes))
    }

    /// The name of an object that holds one record.
    fn name(&self, block: &Block, row: usize, index: u64) -> String {
        let mut text = vec![0; 4096];
        let mut line = ByteWriter::new(&mut text, 0);
        let (paths, columns) = (&self.id_paths, &block.columns);
        value::id(&mut line, paths, columns, row, index, &mut Times::new());
        let len = line.len();
        text.truncate(len);
        String::from_utf8(text).expect("ids are written in ASCII")
    }

    fn file(
        &self,
        closed: Vec<ColumnCloseResult>,
        sinks: Vec<TrackedWrite<Vec<u8>>>,
    ) -> Result<Vec<u8>> {
        let root = self.table.root.clone();
        let mut file = SerializedFileWriter::new(Vec::new(), root, self.table.group.clone())?;
        let mut group = file.next_row_group()?;
        for (mut closed, sink) in closed.into_iter().zip(sinks) {
            (closed.column_index, closed.offset_index) = (None, None);
            group.append_column(&bytes::Bytes::from(sink.into_inner()?), closed)?;
        }
        group.close()?;
        file.into_inner()
    }
}

/// Why encoding a row group failed.
enum Stopped {
    Index(IndexError),
    Parquet(parquet::errors::ParquetError),
}

impl From<IndexError> for Stopped {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

impl From<parquet::errors::ParquetError> for Stopped {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self::Parquet(error)
    }
}

impl BatchEncoder for ParquetEncoder {
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError> {
        batch.restart(range.start);
        if range.is_empty() {
            return Ok(());
        }
        let mut ids = Vec::new();
        let (group, bytes) = match self.row_group(range.clone(), &mut ids, batch) {
            Ok(encoded) => encoded,
            Err(Stopped::Index(error)) => return Err(error),
            Err(Stopped::Parquet(error)) => panic!("a row group is written to memory: {error}"),
        };
        batch.reserve(group.len() + ids.iter().map(String::len).sum::<usize>() + 512);
        let mut ids = ids.into_iter();
        let last = range.end - range.start - 1;
        for number in 0..=last {
            let mut line = batch.writer(0);
            let start = line.len();
            line.slice(ids.next().unwrap_or_default().as_bytes());
            let id = Span::new(start..line.len());
            let start = line.len();
            // The row group is attached to its last row, so objects end after whole row groups.
            if number == last {
                line.slice(&group);
            }
            let end = line.len();
            let payload = Span::new(start..end);
            let key = Span::default();
            batch.push(end, RecordSpans { payload, key, id });
        }
        // An object has one header and one footer of its own, whatever its row groups came with.
        batch.leave_out(group.len() - bytes);
        Ok(())
    }
}

/// The columns that the envelope adds.
struct EnvelopeColumns {
    columns: Vec<Column>,
}

impl EnvelopeColumns {
    fn new(id: EmulationId, envelope: Envelope) -> Self {
        let columns = match envelope {
            Envelope::None => Vec::new(),
            Envelope::Emulation => vec![
                Column::new(Cells::Uuid(vec![id.get(); BLOCK as usize])),
                Column::new(Cells::Timestamp(Vec::new())),
            ],
        };
        Self { columns }
    }

    fn write(
        &mut self,
        block: &Block,
        leaves: &mut std::slice::IterMut<'_, ColumnWriter<'_>>,
    ) -> Result<()> {
        let [emulation, times] = &mut *self.columns else {
            return Ok(());
        };
        if let Cells::Uuid(ids) = &mut emulation.cells {
            ids.truncate(block.len());
        }
        if let Cells::Timestamp(all) = &mut times.cells {
            all.clone_from(&block.times);
        }
        let fields: &[Field] = Schema::envelope();
        for (column, field) in self.columns.iter().zip(fields) {
            shredder::write(column, field, leaves)?;
        }
        Ok(())
    }
}
