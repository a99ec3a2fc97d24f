//! The web page of a service: plain HTML, CSS and JavaScript modules, served from the binary. There
//! is no build step, and nothing is loaded from elsewhere.
//!
//! All pages share these files, at `/page/NAME`: `page.css` (colours, header, tables, light and
//! dark), `dom.js` (elements), `api.js` (requests to the service), `chart.js` (small charts),
//! `words.js` (numbers and times) and `icon.svg`.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{self, Path};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::permission::OPEN;
use crate::{ApiError, Routes, excerpt};

/// A file that a page loads.
#[derive(Clone, Copy, Debug)]
pub struct PageFile {
    /// The name in `/page/NAME`; its extension, `.css`, `.js` or `.svg`, determines the media type.
    pub name: &'static str,
    /// The whole file.
    pub content: &'static str,
}

/// A [`PageFile`] from `page/NAME` beside the source file that names it.
#[macro_export]
macro_rules! page_file {
    ($name:literal) => {
        $crate::page::PageFile {
            name: $name,
            content: include_str!(concat!("page/", $name)),
        }
    };
}

const SHARED: &[PageFile] = &[
    page_file!("api.js"),
    page_file!("chart.js"),
    page_file!("dom.js"),
    page_file!("icon.svg"),
    page_file!("page.css"),
    page_file!("words.js"),
];

impl Routes {
    /// Adds `/page/NAME` for each of `files` and for the shared files.
    #[must_use]
    pub fn page(self, files: &'static [PageFile]) -> Self {
        self.get(OPEN, "/page/{file}", move || {
            web::to(move |name: Path<String>| async move { answer_file(files, &name) })
        })
    }
}

/// The response with the page itself.
pub fn index(html: &'static str) -> HttpResponse {
    answer("text/html; charset=utf-8").body(html)
}

fn answer_file(files: &'static [PageFile], name: &str) -> Result<HttpResponse, ApiError> {
    let file = files.iter().chain(SHARED).find(|file| file.name == name);
    let file = file.ok_or_else(|| {
        let detail = format!("/page/{}: no such file; see / for the page", excerpt(name));
        ApiError::new(StatusCode::NOT_FOUND, detail)
    })?;
    let media_type = match file.name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    };
    Ok(answer(media_type).body(file.content))
}

/// Copies must be revalidated, because a new version of the binary has other files.
fn answer(media_type: &'static str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(media_type)
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache")));
    answer
}
