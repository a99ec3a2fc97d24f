//! The web page.

use platform_http::page::PageFile;
use platform_http::page_file;

/// The files that only this page uses.
pub(crate) const FILES: &[PageFile] = &[
    page_file!("data.js"),
    page_file!("emulator.css"),
    page_file!("emulator.js"),
    page_file!("new.js"),
    page_file!("parts.js"),
    page_file!("run.js"),
    page_file!("runs.js"),
    page_file!("system.js"),
];

/// The page itself.
pub(crate) const INDEX: &str = include_str!("page/index.html");
