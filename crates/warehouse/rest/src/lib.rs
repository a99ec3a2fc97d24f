//! HTTP for the data warehouse: tables, rows, backups, reports, and a page.
//!
//! - [`routes`] are the routes of a server; [`RestState`] is what they need.
//! - [`openapi`] is the document that describes them.
//! - [`quarters_csv`] and [`departments_csv`] write the reports in the same CSV form as the routes.

mod app;
mod body;
mod error;
mod page;
mod report_csv;
mod routes;
mod rows;
mod state;

/// The document that describes the routes.
mod document;

pub use app::routes;
pub use document::openapi;
pub use report_csv::{departments_csv, quarters_csv};
pub use routes::table;
pub use state::RestState;
