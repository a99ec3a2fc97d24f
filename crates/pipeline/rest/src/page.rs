//! The page and its files, served from the binary.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Path;
use actix_web::{HttpResponse, HttpResponseBuilder};
use platform_http::{ApiError, excerpt};

/// Whatever a message holds, the browser runs and loads nothing but what is here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file of `src/page`: its name, its media type and its content.
macro_rules! file {
    ($name:literal, $media_type:expr) => {
        ($name, $media_type, include_str!(concat!("page/", $name)))
    };
}

const FILES: [(&str, &str, &str); 10] = [
    file!("icon.svg", "image/svg+xml"),
    file!("page.css", "text/css; charset=utf-8"),
    file!("page.js", SCRIPT),
    file!("api.js", SCRIPT),
    file!("dom.js", SCRIPT),
    file!("groups.js", SCRIPT),
    file!("json.js", SCRIPT),
    file!("messages.js", SCRIPT),
    file!("topics.js", SCRIPT),
    file!("words.js", SCRIPT),
];

/// The page.
pub(crate) async fn index() -> HttpResponse {
    answer("text/html; charset=utf-8").body(include_str!("page/index.html"))
}

/// One of its files.
pub(crate) async fn file(name: Path<String>) -> Result<HttpResponse, ApiError> {
    let file = FILES.iter().find(|(known, ..)| *known == *name);
    let (_, media_type, content) = file.ok_or_else(|| {
        let detail = format!("/page/{}: no such file; see / for the page", excerpt(&name));
        ApiError::new(StatusCode::NOT_FOUND, detail)
    })?;
    Ok(answer(media_type).body(*content))
}

fn answer(media_type: &'static str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    let headers: [(HeaderName, &'static str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // A new version of the binary has other files.
        (CACHE_CONTROL, "no-cache"),
    ];
    for (name, value) in headers {
        answer.insert_header((name, HeaderValue::from_static(value)));
    }
    answer.content_type(media_type);
    answer
}
