//! Reports as pages and pictures.
//!
//! - [`ReportFolder`]: a folder with a page for browsers, two pictures, and the figures.
//! - [`HiringCharts`]: the reports of the data warehouse.

mod figures;
mod folder;
mod histogram;
mod page;
mod palette;
mod picture;
mod series;
mod warehouse;
mod words;

pub use folder::ReportFolder;
pub use warehouse::HiringCharts;
