//! Reports of an analysis.

use std::path::PathBuf;

use pipeline_domain::analysis::Analysis;

use crate::PortError;

/// The files of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnalysisReport {
    /// The interactive page.
    pub page: PathBuf,
    /// The same charts as pictures.
    pub pictures: Vec<PathBuf>,
    /// The figures as JSON.
    pub figures: PathBuf,
}

/// Writes reports. Calls block.
pub trait Reports: Send + Sync {
    /// Writes the report of an analysis, replacing an earlier one.
    fn write(&self, analysis: &Analysis) -> Result<AnalysisReport, PortError>;
}
