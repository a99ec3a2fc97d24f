//! Writes rows to a file.

use std::fs::{self, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use pipeline_domain::row::{Row, Value};
use pipeline_domain::source::{Source, feature_name};
use pipeline_ports::PortError;
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

/// Maximum number of rows in a sheet, besides the header.
const MAX_ROWS: usize = (1 << 20) - 1;

/// 2^53, the largest number up to which floats represent every integer; a spreadsheet's numbers are
/// all floats.
const EXACT: u64 = 1 << 53;

/// Writes a header and the rows to a temporary file and renames it, so that no one sees a partial
/// file. Nulls are empty cells.
pub(crate) fn workbook(
    folder: &Path,
    name: &str,
    source: Source,
    rows: &[Row],
) -> Result<(), PortError> {
    let path = folder.join(name);
    let refused =
        |why: String| PortError::refused(format!("cannot write {}: {why}", path.display()));
    if rows.len() > MAX_ROWS {
        return Err(refused(format!(
            "a sheet has room for {MAX_ROWS} rows, not for {}; write fewer",
            rows.len()
        )));
    }
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    fill(sheet, source, rows).map_err(&refused)?;
    let mut save = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(&format!(".{name}."))
            // The mode of any new file; the process's umask still applies.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)?;
        let mut writer = BufWriter::new(file.as_file_mut());
        workbook
            .save_to_writer(&mut writer)
            .map_err(|error| match error {
                XlsxError::IoError(error) => error,
                other => io::Error::other(other),
            })?;
        writer.flush()?;
        drop(writer);
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(())
    };
    save().map_err(|error| {
        refused(format!(
            "{error}; check the folder, its permissions and its disk"
        ))
    })
}

fn fill(sheet: &mut Worksheet, source: Source, rows: &[Row]) -> Result<(), String> {
    let explain = |error: XlsxError| error.to_string();
    let features = (0..source.features().len()).map(feature_name);
    let header = std::iter::once("id".to_owned()).chain(features);
    sheet.write_row(0, 0, header).map_err(explain)?;
    sheet.set_freeze_panes(1, 1).map_err(explain)?;
    for (row, number) in rows.iter().zip(1..) {
        let id = [Value::Integer(row.id())];
        for (value, column) in id.iter().chain(row.values()).zip(0..) {
            let value = match *value {
                Value::Null => continue,
                Value::Real(real) => real,
                Value::Integer(whole) if whole.unsigned_abs() <= EXACT => whole as f64,
                Value::Integer(whole) => {
                    return Err(format!(
                        "{whole} in the row with id {} is too large: spreadsheets keep whole \
                         numbers from -{EXACT} to {EXACT} only",
                        row.id()
                    ));
                }
            };
            sheet.write_number(number, column, value).map_err(explain)?;
        }
    }
    Ok(())
}
