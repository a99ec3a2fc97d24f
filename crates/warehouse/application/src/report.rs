//! The two reports of a year.

use std::ops::RangeInclusive;

use warehouse_domain::hr;
use warehouse_domain::report::{
    DepartmentHires, QuarterHires, departments_above_mean, hires_by_quarter,
};
use warehouse_ports::StoreError;

use crate::Warehouse;

/// The year that is reported if none is named.
pub const DEFAULT_YEAR: u16 = 2021;

/// The years that can be reported: those of a date-time.
pub const YEARS: RangeInclusive<u16> = 1..=9999;

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The tables are others.
    #[error("the dictionary has no HR tables: the reports need departments, jobs and employees")]
    NotHr,
    /// The year is none of a date-time.
    #[error("invalid year {0}; expected 1 to 9999")]
    Year(u16),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Warehouse {
    /// Hires by department, job and quarter.
    ///
    /// # Errors
    /// If the tables are not those of HR, the year is not 1 to 9999, or the database fails.
    pub async fn hires_by_quarter(&self, year: u16) -> Result<Vec<QuarterHires>, ReportError> {
        Ok(hires_by_quarter(&self.facts(year).await?))
    }

    /// Departments that hired more than the mean.
    ///
    /// # Errors
    /// If the tables are not those of HR, the year is not 1 to 9999, or the database fails.
    pub async fn departments_above_mean(
        &self,
        year: u16,
    ) -> Result<Vec<DepartmentHires>, ReportError> {
        Ok(departments_above_mean(&self.facts(year).await?))
    }

    async fn facts(&self, year: u16) -> Result<warehouse_domain::report::HiringFacts, ReportError> {
        if !hr::is_reportable(&self.dictionary) {
            return Err(ReportError::NotHr);
        }
        if !YEARS.contains(&year) {
            return Err(ReportError::Year(year));
        }
        Ok(self.store.hiring(year).await?)
    }
}
