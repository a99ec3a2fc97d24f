//! A hand that uses a page: it runs a script after the page's own and takes what that reports. The
//! tests of other pages use this file, too.

use std::sync::{Arc, Mutex};

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, ServiceConfig};
use serde_json::Value;

use crate::chromium;

/// Opens the page. A file of its own: the policy of content allows no script within a page.
const HAND: &str = "<!doctype html><script src=/hand/open.js></script>";

/// The page, with the script of the test after its own.
const OPEN: &str = "fetch('/', { headers: { accept: 'text/html' } }).then((page) => page.text()).then((page) => {
  document.open();
  document.write(page.replace('</body>', '<script type=module src=/hand/script.js></script></body>'));
  document.close();
});";

/// What scripts use.
const PRELUDE: &str = r"
const get = (id) => document.getElementById(id);
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const report = (value) => fetch('/hand/report', { method: 'POST', body: JSON.stringify(value) });
await wait(2500);
";

#[derive(Clone, Default)]
pub(crate) struct Hand {
    script: Arc<Mutex<String>>,
    report: Arc<Mutex<Option<Value>>>,
}

impl Hand {
    /// Its routes, beside those of the page.
    pub(crate) fn configure(&self, routes: &mut ServiceConfig) {
        let (script, report) = (self.script.clone(), self.report.clone());
        let text = move || answer("text/javascript", script.lock().unwrap().clone());
        let take = move |body: Bytes| {
            *report.lock().unwrap() = Some(serde_json::from_slice(&body).unwrap());
            answer("text/plain", String::new())
        };
        routes
            .route(
                "/hand/page",
                web::get().to(|| answer("text/html", HAND.to_owned())),
            )
            .route(
                "/hand/open.js",
                web::get().to(|| answer("text/javascript", OPEN.to_owned())),
            )
            .route("/hand/script.js", web::get().to(text))
            .route("/hand/report", web::post().to(take));
    }

    /// What the script reports after it has used the page that `base` serves.
    pub(crate) fn used(&self, base: &str, hash: &str, script: &str) -> Value {
        let document = chromium::document(&self.page(base, hash, script));
        let report = self.report.lock().unwrap().take();
        report.unwrap_or_else(|| panic!("the script did not come to its end: {document}"))
    }

    /// As [`used`](Self::used), for a page that follows events of its server.
    #[allow(dead_code, reason = "pages without events have no use for it")]
    pub(crate) fn used_live(&self, base: &str, hash: &str, script: &str) -> Value {
        let page = self.page(base, hash, script);
        chromium::live(&page, || self.report.lock().unwrap().is_some());
        let report = self.report.lock().unwrap().take();
        report.expect("the script comes to its end")
    }

    fn page(&self, base: &str, hash: &str, script: &str) -> String {
        *self.script.lock().unwrap() = format!("{PRELUDE}{script}");
        format!("{base}/hand/page{hash}")
    }
}

pub(crate) async fn answer(media_type: &'static str, body: String) -> HttpResponse {
    HttpResponse::Ok().content_type(media_type).body(body)
}
