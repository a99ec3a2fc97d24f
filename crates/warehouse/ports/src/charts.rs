//! The reports as pages and pictures.

use warehouse_domain::report::{DepartmentHires, QuarterHires};

/// Draws reports. A page needs nothing but a browser and loads nothing; names are shown as text,
/// whatever they hold.
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
