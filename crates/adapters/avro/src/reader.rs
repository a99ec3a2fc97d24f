//! Reads a backup.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use platform_avro::varint;
use warehouse_domain::batch::RowBatch;
use warehouse_domain::check::Given;
use warehouse_domain::dictionary::{Kind, Table};
use warehouse_ports::{BackupError, BackupReader};

use crate::header::{self, Column, Header};

/// Maximum size of a block, before or after decompression; other programs write some tens of
/// kilobytes.
const LARGEST: usize = 64 * 1024 * 1024;

pub(crate) struct AvroReader {
    name: String,
    is_own: bool,
    table: Arc<Table>,
    file: BufReader<File>,
    header: Header,
    /// Offset of the first block.
    start: u64,
    rows: u64,
}

impl AvroReader {
    pub(crate) fn open(
        name: &str,
        is_own: bool,
        file: File,
        table: Arc<Table>,
    ) -> Result<Self, BackupError> {
        let mut file = BufReader::with_capacity(256 * 1024, file);
        let header = header::read(&mut file, &table).map_err(|why| invalid(name, &why))?;
        let start = file
            .stream_position()
            .map_err(|error| BackupError::Failed(format!("the backup {name}: {error}")))?;
        Ok(Self {
            name: name.to_owned(),
            is_own,
            table,
            file,
            header,
            start,
            rows: 0,
        })
    }

    fn block(&mut self) -> Result<Option<RowBatch>, String> {
        loop {
            let rest = self.file.fill_buf();
            if rest
                .map_err(|error| format!("it cannot be read: {error}"))?
                .is_empty()
            {
                return Ok(None);
            }
            let count = header::number(&mut self.file)?;
            let size = header::number(&mut self.file)?;
            let size = usize::try_from(size)
                .ok()
                .filter(|size| *size <= LARGEST && count >= 0)
                .ok_or_else(|| format!("it has a block of {count} rows and {size} bytes"))?;
            let mut packed = Vec::new();
            let read = self
                .file
                .by_ref()
                .take(size as u64)
                .read_to_end(&mut packed);
            if read.map_err(|error| format!("it cannot be read: {error}"))? < size {
                return Err("it ends in the middle".to_owned());
            }
            let mut marker = [0; 16];
            header::fill(&mut self.file, &mut marker)?;
            if marker != self.header.marker {
                return Err(format!("the block after row {} is damaged", self.rows));
            }
            let block = self.header.codec.unpack(packed, LARGEST).map_err(|error| {
                format!(
                    "the block after row {} cannot be unpacked: {error}",
                    self.rows
                )
            })?;
            if count > 0 {
                return self.decode(count, &block).map(Some);
            }
        }
    }

    fn decode(&mut self, count: i64, mut block: &[u8]) -> Result<RowBatch, String> {
        let columns = self.table.fields().len();
        let mut batch = RowBatch::new(columns);
        let mut faults = Vec::new();
        let mut cells = Vec::with_capacity(columns);
        for _ in 0..count {
            self.rows += 1;
            let row = self.rows;
            cells.clear();
            for (field, column) in self.table.fields().iter().zip(&self.header.columns) {
                let cell = cell(&mut block, field.kind, *column).ok_or_else(|| {
                    format!("row {row}, field {}: the value is damaged", field.name)
                })?;
                cells.push(cell);
            }
            if !self
                .table
                .read_row(cells.iter().copied(), &mut batch, &mut faults)
            {
                let fault = &faults[0];
                let column = fault.column.as_deref().unwrap_or_default();
                return Err(format!("row {row}, field {column}: {}", fault.reason));
            }
        }
        if !block.is_empty() {
            return Err(format!(
                "the block that ends with row {} has more bytes",
                self.rows
            ));
        }
        Ok(batch)
    }
}

fn cell<'a>(block: &mut &'a [u8], kind: Kind, column: Column) -> Option<Given<'a>> {
    if let Column::Nullable { null } = column {
        match varint::read(block)? {
            branch if branch == null => return Some(Given::Nothing),
            0 | 1 => {}
            _ => return None,
        }
    }
    let number = varint::read(block)?;
    Some(match kind {
        Kind::Integer { .. } => Given::Integer(number),
        Kind::Text { .. } | Kind::DateTime => {
            let (text, rest) = block.split_at_checked(usize::try_from(number).ok()?)?;
            *block = rest;
            Given::Text(str::from_utf8(text).ok()?)
        }
    })
}

impl BackupReader for AvroReader {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_own(&self) -> bool {
        self.is_own
    }

    fn next(&mut self) -> Result<Option<RowBatch>, BackupError> {
        self.block().map_err(|why| invalid(&self.name, &why))
    }

    fn rewind(&mut self) -> Result<(), BackupError> {
        self.rows = 0;
        match self.file.seek(SeekFrom::Start(self.start)) {
            Ok(_) => Ok(()),
            Err(error) => Err(BackupError::Failed(format!(
                "the backup {} cannot be read again: {error}",
                self.name
            ))),
        }
    }
}

fn invalid(name: &str, why: &str) -> BackupError {
    BackupError::Invalid(format!("the backup {name} cannot be restored: {why}"))
}
