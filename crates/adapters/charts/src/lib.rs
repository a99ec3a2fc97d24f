//! Reports as pages and pictures.
//!
//! - [`ReportFolder`]: a folder with a page for browsers, two pictures, and the figures.

mod figures;
mod folder;
mod histogram;
mod page;
mod palette;
mod picture;
mod series;

mod words;

pub use folder::ReportFolder;
