//! A report as files in a folder.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use pipeline_domain::analysis::Analysis;
use pipeline_ports::{AnalysisReport, PortError, Reports};

use crate::picture::{delay, timestamps};
use crate::{figures, page};

/// Writes `analysis.html`, a self-contained page, the pictures `timestamps.svg` and `delay.svg`,
/// and `figures.json`.
///
/// Each file is written under a temporary name and renamed, so that no one sees it half-written.
#[derive(Clone, Debug)]
pub struct ReportFolder {
    folder: PathBuf,
}

impl ReportFolder {
    /// Reports go to `folder`, which is created if necessary.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn put(&self, name: &str, content: &str) -> Result<PathBuf, PortError> {
        let path = self.folder.join(name);
        put(&self.folder, &path, name, content.as_bytes()).map_err(|error| {
            PortError::refused(format!(
                "cannot write {}: {error}; check the folder, its permissions and its disk",
                path.display()
            ))
        })?;
        Ok(path)
    }
}

impl Reports for ReportFolder {
    fn write(&self, analysis: &Analysis) -> Result<AnalysisReport, PortError> {
        Ok(AnalysisReport {
            figures: self.put("figures.json", &format!("{:#}\n", figures::json(analysis)))?,
            pictures: vec![
                self.put("timestamps.svg", &timestamps::svg(analysis))?,
                self.put("delay.svg", &delay::svg(analysis))?,
            ],
            page: self.put("analysis.html", &page::html(analysis))?,
        })
    }
}

fn put(folder: &Path, path: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        // The mode of any new file; the process's umask still applies.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
