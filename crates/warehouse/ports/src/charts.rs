//! The reports as pages and pictures.

use warehouse_domain::report::{DepartmentHires, QuarterHires};

/// Draws reports. A page is self-contained and loads nothing; names are shown as plain text,
/// whatever they contain.
pub trait Charts: Send + Sync {
    /// The hires of a year by department, job and quarter, as an HTML page with a heat map.
    fn quarters_page(&self, year: u16, lines: &[QuarterHires]) -> String;

    /// The same as an SVG picture.
    fn quarters_picture(&self, year: u16, lines: &[QuarterHires]) -> String;

    /// The departments above the mean of a year, as an HTML page with bars.
    fn departments_page(&self, year: u16, lines: &[DepartmentHires]) -> String;

    /// The same as an SVG picture.
    fn departments_picture(&self, year: u16, lines: &[DepartmentHires]) -> String;
}
