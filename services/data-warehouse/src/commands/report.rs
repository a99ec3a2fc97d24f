//! Writes reports as files.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use adapter_charts::HiringCharts;
use anyhow::Context;
use warehouse_application::Warehouse;
use warehouse_ports::Charts;
use warehouse_rest::{departments_csv, quarters_csv};

use super::print_line;
use crate::cli::{Report, ReportKind};
use crate::composition;
use crate::settings::ServiceSettings;

pub(super) async fn run(settings: &ServiceSettings, options: &Report) -> anyhow::Result<u8> {
    let warehouse = composition::warehouse(settings).await?;
    let folder = settings.data_dir.join("reports");
    for path in write(&warehouse, options.which, options.year, &folder).await? {
        print_line(&path.display().to_string());
    }
    Ok(0)
}

/// Writes the three files of a report; returns their paths.
pub(super) async fn write(
    warehouse: &Warehouse,
    which: ReportKind,
    year: u16,
    folder: &Path,
) -> anyhow::Result<[PathBuf; 3]> {
    let (name, contents) = match which {
        ReportKind::Req1 => {
            let lines = warehouse.hires_by_quarter(year).await?;
            let page = HiringCharts.quarters_page(year, &lines);
            let picture = HiringCharts.quarters_picture(year, &lines);
            ("req1", [quarters_csv(&lines), page, picture])
        }
        ReportKind::Req2 => {
            let lines = warehouse.departments_above_mean(year).await?;
            let page = HiringCharts.departments_page(year, &lines);
            let picture = HiringCharts.departments_picture(year, &lines);
            ("req2", [departments_csv(&lines), page, picture])
        }
    };
    let paths = ["csv", "html", "svg"].map(|end| folder.join(format!("{name}-{year}.{end}")));
    for (path, content) in paths.iter().zip(&contents) {
        put(folder, path, content)
            .with_context(|| format!("the report {} cannot be written", path.display()))?;
    }
    Ok(paths)
}

/// Written under a temporary name and renamed, so that no one sees a partial report.
fn put(folder: &Path, path: &Path, content: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".unfinished-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    file.write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
