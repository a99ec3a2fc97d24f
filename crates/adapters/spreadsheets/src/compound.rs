//! Checks the sheet sizes that a `.xls` file declares, because the library allocates memory for
//! them before it has read a cell.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use cfb::CompoundFile;

/// The magic number of the files.
const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// The format's limits of rows and columns.
const ROWS: u64 = 65_536;
const COLUMNS: u64 = 256;
/// Maximum number of sheets: each is scanned.
const MAX_SHEETS: usize = 1_000;

/// Record types ([MS-XLS](https://learn.microsoft.com/openspecs/office_file_formats/ms-xls)).
const BOF: u16 = 0x0809;
const EOF: u16 = 0x000a;
const BOUND_SHEET: u16 = 0x0085;
const DIMENSIONS: u16 = 0x0200;
/// Record types of cells, which begin with row and column: Formula, MulRk, MulBlank, RString,
/// LabelSst, Blank, Number, Label, BoolErr, Rk.
const CELLS: [u16; 10] = [
    0x0006, 0x00bd, 0x00be, 0x00d6, 0x00fd, 0x0201, 0x0203, 0x0204, 0x0205, 0x027e,
];

/// Reports what is too large. A file of another kind is skipped.
///
/// # Errors
/// If the container of the sheets is damaged.
pub(crate) fn find_excess(path: &Path) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let mut magic = [0; 8];
    if file.read_exact(&mut magic).is_err() || magic != MAGIC {
        return Ok(None);
    }
    let mut file = CompoundFile::open(file)?;
    let names = ["/Workbook", "/Book"];
    let Some(name) = names.into_iter().find(|name| file.is_stream(name)) else {
        // An encrypted file, for example.
        return Ok(None);
    };
    let mut stream = BufReader::new(file.open_stream(name)?);
    let mut sheets = Vec::new();
    let too_many = records(&mut stream, |kind, data| {
        if kind == BOUND_SHEET && data.len() >= 4 {
            sheets.push(number::<4>(data, 0));
        }
        (sheets.len() > MAX_SHEETS).then(|| format!("it has more than {MAX_SHEETS} sheets"))
    })?;
    if too_many.is_some() {
        return Ok(too_many);
    }
    for start in sheets {
        stream.seek(SeekFrom::Start(start))?;
        if let Some(excess) = records(&mut stream, too_large)? {
            return Ok(Some(excess));
        }
    }
    Ok(None)
}

/// Passes the records of a part of the stream to `look` until it returns something.
fn records(
    stream: &mut (impl Read + Seek),
    mut look: impl FnMut(u16, &[u8]) -> Option<String>,
) -> io::Result<Option<String>> {
    let (mut depth, mut data) = (0_u32, Vec::new());
    loop {
        let mut head = [0; 4];
        match stream.read_exact(&mut head) {
            // The library finds nothing beyond this point either.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let (kind, len) = (number::<2>(&head, 0) as u16, number::<2>(&head, 2));
        data.clear();
        stream.by_ref().take(len).read_to_end(&mut data)?;
        match kind {
            BOF => depth += 1,
            EOF if depth <= 1 => return Ok(None),
            EOF => depth -= 1,
            _ => {}
        }
        if let Some(found) = look(kind, &data) {
            return Ok(Some(found));
        }
    }
}

fn too_large(kind: u16, data: &[u8]) -> Option<String> {
    let (rows, columns) = match (kind, data.len()) {
        (DIMENSIONS, 10) => (number::<2>(data, 2), number::<2>(data, 6)),
        (DIMENSIONS, 14 | 16) => (number::<4>(data, 4), number::<2>(data, 10)),
        (kind, 4..) if CELLS.contains(&kind) => (1, number::<2>(data, 2) + 1),
        _ => return None,
    };
    (rows > ROWS || columns > COLUMNS).then(|| {
        format!(
            "a sheet says that it has {rows} rows and {columns} columns; the format has {ROWS} and \
             {COLUMNS}"
        )
    })
}

/// A little-endian number of that many bytes.
fn number<const BYTES: usize>(data: &[u8], at: usize) -> u64 {
    let bytes = data[at..at + BYTES].iter().rev();
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}
