//! A folder with one spreadsheet a source.

use std::path::PathBuf;

use pipeline_domain::row::Row;
use pipeline_domain::source::Source;
use pipeline_ports::{PortError, Sheet, Spreadsheets};

use crate::{read, write};

/// What the names of spreadsheets may end with. The first is the one that is written.
const ENDINGS: [&str; 4] = ["xlsx", "xls", "xlsb", "ods"];

/// Keeps the spreadsheet of a source as `sim_file1.xlsx`, and so on. Reads also `.xls`, `.xlsb` and
/// `.ods`, if there is only one of them.
///
/// A spreadsheet is read into memory whole. What is too large when unpacked, or has cells so far
/// apart that nearly all would be empty, is refused before that costs memory; in `.ods`, repeated
/// cells are bounded by the size of the sheet only, so read those only from people you trust.
#[derive(Clone, Debug)]
pub struct SpreadsheetFolder {
    folder: PathBuf,
}

impl SpreadsheetFolder {
    /// The spreadsheets in `folder`, which is made with the first that is written.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The spreadsheets of the source that are there.
    fn existing(&self, source: Source) -> Result<Vec<String>, PortError> {
        let mut existing = Vec::new();
        for name in names(source) {
            let path = self.folder.join(&name);
            match path.try_exists() {
                Ok(true) => existing.push(name),
                Ok(false) => {}
                Err(error) => {
                    return Err(PortError::refused(format!(
                        "cannot look for {}: {error}; check the folder and its permissions",
                        path.display()
                    )));
                }
            }
        }
        Ok(existing)
    }

    fn too_many(&self, source: Source, names: &[String]) -> PortError {
        PortError::refused(format!(
            "{source} would have more than one spreadsheet in {}: {}; keep one of them there",
            self.folder.display(),
            names.join(" and ")
        ))
    }
}

impl Spreadsheets for SpreadsheetFolder {
    fn read(&self, source: Source) -> Result<Sheet, PortError> {
        match &self.existing(source)?[..] {
            [name] => read::sheet(&self.folder.join(name)),
            [] => Err(PortError::refused(format!(
                "there is no spreadsheet of {source} in {}: none of {}; put one of them there",
                self.folder.display(),
                names(source).join(", ")
            ))),
            names => Err(self.too_many(source, names)),
        }
    }

    fn write(&self, source: Source, rows: &[Row]) -> Result<(), PortError> {
        let [name, others @ ..] = names(source);
        let mut existing = self.existing(source)?;
        if existing.iter().any(|name| others.contains(name)) {
            // It could not be read afterwards.
            if existing[0] != name {
                existing.insert(0, name);
            }
            return Err(self.too_many(source, &existing));
        }
        write::workbook(&self.folder, &name, source, rows)
    }
}

fn names(source: Source) -> [String; 4] {
    ENDINGS.map(|ending| format!("{}.{ending}", source.file_stem()))
}
