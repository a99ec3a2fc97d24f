//! Historical files to load.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use warehouse_domain::dictionary::Table;
use warehouse_ports::{FileError, History, HistoryFile};

/// The file of a table is `{table}.csv` or `{table}.csv.gz`.
#[derive(Clone, Debug)]
pub struct CsvFolder(PathBuf);

impl CsvFolder {
    /// The files in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

impl History for CsvFolder {
    fn file(&self, table: &Table) -> Result<Option<Box<dyn HistoryFile>>, FileError> {
        let listed = fs::read_dir(&self.0).map(|_| ());
        listed.map_err(|error| {
            FileError(format!(
                "the folder {} cannot be read: {error}; name the folder with the CSV files",
                self.0.display()
            ))
        })?;
        let paths = ["csv", "csv.gz"].map(|end| self.0.join(format!("{}.{end}", table.name())));
        match paths.each_ref().map(|path| path.exists()) {
            [true, true] => Err(FileError(format!(
                "{} and {} are for the same table; remove one of them",
                paths[0].display(),
                paths[1].display()
            ))),
            [false, false] => Ok(None),
            [is_plain, _] => {
                let [plain, packed] = paths;
                Ok(Some(Box::new(CsvFile(if is_plain {
                    plain
                } else {
                    packed
                }))))
            }
        }
    }
}

/// A single file by its path; if it begins like gzip, it is decompressed.
#[derive(Clone, Debug)]
pub struct CsvFile(pub PathBuf);

impl CsvFile {
    fn open_file(path: &Path) -> std::io::Result<Box<dyn Read + Send>> {
        let mut file = File::open(path)?;
        let mut start = [0; 2];
        let read = file.read(&mut start)?;
        file.rewind()?;
        Ok(if start[..read] == [0x1f, 0x8b] {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        })
    }
}

impl HistoryFile for CsvFile {
    fn name(&self) -> String {
        let name = self.0.file_name().unwrap_or(self.0.as_os_str());
        name.to_string_lossy().into_owned()
    }

    fn size(&self) -> Option<u64> {
        let is_packed = self.0.extension().is_some_and(|end| end == "gz");
        let metadata = fs::metadata(&self.0).ok()?;
        (!is_packed).then_some(metadata.len())
    }

    fn open(&self) -> Result<Box<dyn Read + Send>, FileError> {
        Self::open_file(&self.0).map_err(|error| {
            FileError(format!(
                "{} cannot be read: {error}; check the file and its permissions",
                self.0.display()
            ))
        })
    }
}
