//! Reports as pages and pictures.
//!
//! - [`ReportFolder`]: a folder with a page for browsers, two pictures, and the figures.
//! - [`HiringCharts`]: the reports of the data warehouse.
//! - [`gate_page`]: what the emulator's realism gate measured.

mod figures;
mod folder;
mod gate;
mod histogram;
mod page;
mod palette;
mod picture;
mod series;
mod warehouse;
mod words;

pub use folder::ReportFolder;
pub use gate::gate_page;
pub use warehouse::HiringCharts;
