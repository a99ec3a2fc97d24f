//! A folder with one spreadsheet per source.

use std::path::PathBuf;

use pipeline_domain::row::Row;
use pipeline_domain::source::Source;
use pipeline_ports::{PortError, Sheet, Spreadsheets};

use crate::{read, write};

/// Extensions of spreadsheets. The first one is used for writing.
const ENDINGS: [&str; 4] = ["xlsx", "xls", "xlsb", "ods"];

/// Stores the spreadsheet of a source as `sim_file1.xlsx`, and so on. Also reads `.xls`, `.xlsb`
/// and `.ods`, provided that there is only one file for the source.
///
/// Spreadsheets are read into memory as a whole. One that is too large when decompressed, or whose
/// cells are so far apart that nearly all would be empty, is rejected before it costs memory. In
/// `.ods`, repeated cells are limited only by the size of the sheet, so read those only from people
/// you trust.
#[derive(Clone, Debug)]
pub struct SpreadsheetFolder {
    folder: PathBuf,
}

impl SpreadsheetFolder {
    /// The spreadsheets in `folder`, which is created along with the first one.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The existing spreadsheets of the source.
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
            // With a second file it could not be read afterwards.
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
