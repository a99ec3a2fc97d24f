//! Records of any schema through Parquet, and back through the library's own rows and our columns.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adapter_formats::Formats;
use adapter_memory::MemoryObjects;
use async_trait::async_trait;
use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{Compression, EmulationPlan, Format, PlanSpec, Sink};
use emulator_domain::record::{Envelope, Field, LogicalType, Stream, Value, values_equal};
use emulator_domain::verification::TableRows;
use emulator_domain::{Dataset, Domain};
use emulator_ports::{
    Batch, DestinationError, Encoders, ObjectReader, ObjectSource, ObjectStore, SchemaIds,
    TableColumn, TableError,
};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field as Found;
use proptest::prelude::*;
use uuid::Uuid;

use crate::ROWS;
use crate::stream::{Fixed, fields};

/// The records as one file.
fn written(fixed: &Arc<Fixed>, compression: Compression) -> Vec<u8> {
    rows_written(fixed, compression, ROWS)
}

fn rows_written(fixed: &Arc<Fixed>, compression: Compression, rows: usize) -> Vec<u8> {
    let stream: Arc<dyn Stream> = fixed.clone();
    let plan = EmulationPlan::new(PlanSpec {
        compression,
        ..PlanSpec::new(Dataset::from(stream), Sink::File, Format::Parquet)
    });
    let (plan, id) = (plan.unwrap(), EmulationId::new(Uuid::from_u128(1)));
    let mut batch = Batch::default();
    let encoder = Formats.encoder(id, &plan, SchemaIds::default());
    encoder.encode(0..rows as u64, &mut batch).unwrap();
    let mut framer = Formats.framing(id, &plan).framer();
    let mut file = framer.append(&batch, 0..batch.len()).concat();
    file.extend_from_slice(framer.finish());
    file
}

#[test]
fn the_bytes_of_a_run_are_those_of_its_row_groups() {
    let spec = PlanSpec::new(Domain::Transaction, Sink::File, Format::Parquet);
    let plan = EmulationPlan::new(spec).unwrap();
    let id = EmulationId::new(Uuid::from_u128(1));
    let encoder = Formats.encoder(id, &plan, SchemaIds::default());
    let mut framer = Formats.framing(id, &plan).framer();
    let (mut file, mut bytes) = (Vec::new(), 0);
    for range in [0..70, 70..900] {
        let mut batch = Batch::default();
        encoder.encode(range, &mut batch).unwrap();
        bytes += batch.payload_len();
        file.extend(framer.append(&batch, 0..batch.len()).concat());
    }
    file.extend_from_slice(framer.finish());
    let end = file.last_chunk::<8>().unwrap();
    let footer = u32::from_le_bytes(*end.first_chunk().unwrap()) as usize;
    let magic = 4;
    assert_eq!(file.len(), magic + bytes + footer + 4 + magic);
}

fn is_same(value: Value<'_>, field: &Field, found: &Found) -> bool {
    match (value, found) {
        (Value::Null | Value::Missing, Found::Null) => field.nullable,
        (Value::Boolean(value), Found::Bool(found)) => value == *found,
        (Value::Long(value), Found::Long(found)) => value == *found,
        (Value::Float(value), Found::Double(found)) => value.to_bits() == found.to_bits(),
        (Value::Decimal { unscaled, scale }, Found::Decimal(found)) => {
            let bytes: [u8; 8] = found.data().try_into().unwrap();
            (i64::from_be_bytes(bytes), i32::from(scale)) == (unscaled, found.scale())
        }
        (Value::Text(value), Found::Str(found)) => value == found,
        (Value::Uuid(value), Found::Str(found)) => value.to_string() == *found,
        (Value::Date(value), Found::Date(found)) => value.days() == *found,
        (Value::Time(value), Found::TimeMicros(found)) => value == *found,
        (Value::Timestamp(value), Found::TimestampMicros(found)) => value.micros() == *found,
        (Value::Struct(values), Found::Group(found)) => {
            let LogicalType::Struct(fields) = &field.logical_type else {
                return false;
            };
            found.len() == fields.len()
                && (values.fields(fields).zip(found.get_column_iter()))
                    .all(|((field, value), (_, found))| is_same(value, field, found))
        }
        (Value::Array(values), Found::ListInternal(found)) => {
            let LogicalType::Array(element) = &field.logical_type else {
                return false;
            };
            values.values().len() == found.len()
                && (values.values().zip(found.elements()))
                    .all(|(value, found)| is_same(value, element, found))
        }
        (Value::Map(values), Found::MapInternal(found)) => {
            let LogicalType::Map(of) = &field.logical_type else {
                return false;
            };
            values.entries().len() == found.len()
                && (values.entries().zip(found.entries())).all(|((key, value), (name, found))| {
                    *name == Found::Str(key.to_owned()) && is_same(value, of, found)
                })
        }
        _ => false,
    }
}

/// The same file as `verify` reads it: its rows, a group at a time.
async fn read_back(file: Vec<u8>, fields: &[Field]) -> Result<Vec<TableRows>, TableError> {
    Ok(read_and_counted(file, fields).await?.0)
}

/// Counts the requests to read.
#[derive(Default)]
struct Counted {
    objects: MemoryObjects,
    reads: AtomicUsize,
}

#[async_trait]
impl ObjectSource for Counted {
    async fn open(
        &self,
        container: &str,
        name: &str,
    ) -> Result<Option<Box<dyn ObjectReader>>, DestinationError> {
        self.objects.open(container, name).await
    }

    async fn len(&self, container: &str, name: &str) -> Result<Option<u64>, DestinationError> {
        self.objects.len(container, name).await
    }

    async fn read_at(
        &self,
        container: &str,
        name: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, DestinationError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.objects.read_at(container, name, range).await
    }

    async fn list(
        &self,
        container: &str,
        prefix: &str,
        found: &mut (dyn for<'n> FnMut(&'n str) + Send),
    ) -> Result<(), DestinationError> {
        self.objects.list(container, prefix, found).await
    }

    fn concurrency(&self) -> usize {
        ObjectSource::concurrency(&self.objects)
    }
}

async fn read_and_counted(
    file: Vec<u8>,
    fields: &[Field],
) -> Result<(Vec<TableRows>, usize), TableError> {
    let source = Arc::new(Counted::default());
    source.objects.prepare("folder").await.unwrap();
    source.objects.insert("folder", "a.parquet", file).unwrap();
    let columns: Vec<_> = fields
        .iter()
        .map(|field| TableColumn {
            name: field.name.to_string(),
            field: field.clone(),
        })
        .collect();
    let format = Formats.table_format(Format::Parquet).unwrap();
    let opened = format.open(source.clone(), "folder", "a.parquet", &columns);
    let mut reader = opened.await?.unwrap();
    let mut groups = Vec::new();
    loop {
        let mut rows = TableRows::default();
        if !reader.next(&mut rows).await? {
            return Ok((groups, source.reads.load(Ordering::Relaxed)));
        }
        groups.push(rows);
    }
}

#[test]
fn a_small_file_is_read_by_one_request_and_each_group_of_a_large_one_too() {
    let all = (0..200).map(|number| Field {
        name: format!("f{number}").into(),
        ..Field::new("", LogicalType::Long, "a number")
    });
    let all: Vec<_> = all.collect();
    for (rows, is_small) in [(100, true), (1000, false)] {
        let fixed = Arc::new(Fixed::new(all.clone(), Envelope::None, rows, 7));
        let file = rows_written(&fixed, Compression::None, rows);
        assert_eq!(file.len() < 1 << 20, is_small, "{} bytes", file.len());
        let reader = SerializedFileReader::new(bytes::Bytes::from(file.clone())).unwrap();
        let groups = reader.metadata().num_row_groups();
        let limit = if is_small { 1 } else { 1 + groups };
        for fields in [&all[..], &all[190..], &all[..0]] {
            let read = read_and_counted(file.clone(), fields);
            let (read, requests) = futures::executor::block_on(read).unwrap();
            assert!(requests <= limit, "{requests} requests for {groups} groups");
            let mut row = 0;
            for group in &read {
                for at in 0..group.len {
                    for (found, field) in group.columns.iter().zip(fields) {
                        let own = all.iter().position(|own| own.name == field.name).unwrap();
                        let own = fixed.block.columns[own].get(row);
                        assert!(values_equal(found.as_ref().unwrap().get(at), own));
                    }
                    row += 1;
                }
            }
            assert_eq!(row, rows);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_value_goes_through_parquet_and_back(
        fields in fields(),
        random: u64,
        is_wrapped: bool,
        compression in prop::sample::select(Format::Parquet.compressions()),
    ) {
        let envelope = if is_wrapped { Envelope::Emulation } else { Envelope::None };
        let fixed = Arc::new(Fixed::new(fields.clone(), envelope, ROWS, random));
        let file = written(&fixed, compression);
        let reader = SerializedFileReader::new(bytes::Bytes::from(file.clone())).unwrap();
        let skipped = if is_wrapped { 2 } else { 0 };
        let mut count = 0;
        for (row, found) in reader.get_row_iter(None).unwrap().enumerate() {
            let found = found.unwrap();
            let found: Vec<_> = found.get_column_iter().skip(skipped).collect();
            prop_assert_eq!(found.len(), fields.len());
            let values = fixed.block.row(row).values().zip(&fields);
            for ((value, field), (name, found)) in values.zip(found) {
                prop_assert_eq!(name, &*field.name);
                prop_assert!(is_same(value, field, found), "{field:?}: {value:?} {found:?}");
            }
            count += 1;
        }
        prop_assert_eq!(count, ROWS);
        let groups = futures::executor::block_on(read_back(file, &fields)).unwrap();
        prop_assert_eq!(groups.len(), 1);
        let rows = &groups[0];
        prop_assert_eq!(rows.len, ROWS);
        for (column, own) in rows.columns.iter().zip(&fixed.block.columns) {
            let column = column.as_ref().unwrap();
            for row in 0..ROWS {
                let (found, value) = (column.get(row), own.get(row));
                prop_assert!(values_equal(found, value), "{value:?} {found:?}");
            }
        }
    }

    #[test]
    fn a_file_that_was_changed_is_read_or_refused(
        fields in fields(),
        random: u64,
        at: prop::sample::Index,
        from_end: bool,
        bytes in prop::collection::vec(any::<u8>(), 1..4),
        cut in any::<bool>(),
    ) {
        let fixed = Arc::new(Fixed::new(fields.clone(), Envelope::None, ROWS, random));
        let mut file = written(&fixed, Compression::None);
        // The end tells where everything is.
        let range = if from_end { file.len().min(64) } else { file.len() };
        let at = file.len() - range + at.index(range);
        let end = if cut { file.len() } else { (at + bytes.len()).min(file.len()) };
        file.splice(at..end, bytes);
        if let Ok(groups) = futures::executor::block_on(read_back(file, &fields)) {
            let rows: usize = groups.iter().map(|rows| rows.len).sum();
            prop_assert!(rows <= 100 * ROWS, "{rows} rows");
        }
    }
}
