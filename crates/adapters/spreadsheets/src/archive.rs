//! Checks the decompressed size of a spreadsheet's parts.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

/// Limit for all worksheets together; a full sheet of 30 columns has 1.1 GB.
const MAX_SHEETS: u64 = 2 << 30;

/// Limit for all other parts together. The library keeps shared strings, the smallest of which
/// takes 5 bytes here and 24 in memory.
const MAX_OTHERS: u64 = 64 << 20;

/// Maximum number of parts in an archive. Each costs memory before it is read.
const MAX_PARTS: usize = 10_000;

/// Decompresses the parts of a spreadsheet without keeping them, and reports what is too large.
/// Archives can lie about sizes, so they are measured. A file that is no archive is skipped.
pub(crate) fn find_excess(path: &Path) -> io::Result<Option<String>> {
    let Ok(mut archive) = ZipArchive::new(BufReader::new(File::open(path)?)) else {
        return Ok(None);
    };
    if archive.len() > MAX_PARTS {
        return Ok(Some(format!("it has more than {MAX_PARTS} parts")));
    }
    let (mut sheets, mut others) = (MAX_SHEETS, MAX_OTHERS);
    for index in 0..archive.len() {
        // A part that cannot be decompressed is reported as damaged where it is needed.
        let Ok(part) = archive.by_index(index) else {
            continue;
        };
        let name = String::from_utf8_lossy(part.name_raw()).into_owned();
        let left = if name.contains("worksheets/") || name == "content.xml" {
            &mut sheets
        } else {
            &mut others
        };
        let Ok(size) = io::copy(&mut part.take(*left + 1), &mut io::sink()) else {
            continue;
        };
        if size > *left {
            return Ok(Some(format!(
                "its part {name:?} is too large when unpacked"
            )));
        }
        *left -= size;
    }
    Ok(None)
}
